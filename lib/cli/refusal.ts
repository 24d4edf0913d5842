/** Something a command cannot do, said in one or a few lines for people. No stack is printed for it. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** Ends with a sentence for whoever typed the command. */
export const refuse = (message: string): never => {
  throw new Refused(message);
};
