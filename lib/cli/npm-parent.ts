/** npm passes no signal on: a killed `npm start` or `npx` would leave this process with its port. */
export const endWithNpm = (stop: () => void): void => {
  if (process.env["npm_command"] === undefined) return;
  const parent = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(look);
    stop();
  }, 1000);
  look.unref();
};
