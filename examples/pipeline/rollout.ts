/**
 * Moves the traffic of an endpoint to one of its deployments, step by step, and back to the last good split when a step fails:
 *
 *     node rollout.ts green --stack prod --key-command 'az ml online-endpoint get-credentials … --query primaryKey --output tsv'
 *
 * The exit code is 0 when the deployment has the share of the last step, 1 when it has not, 2 for a wrong command line, 130 or 143 after a signal.
 */
import { setTimeout as pause } from "node:timers/promises";
import { seen, smoke, step, type Place, type Seen } from "./check.ts";
import { limitsInWords, optionsOf, placeOf, Usage, type Options } from "./options.ts";
import { Failure, inWords, StackFile, withShare, type Split } from "./split.ts";
import { devStage, Locked, pulumiStage, type Stage } from "./stage.ts";
import { Stopping } from "./stopping.ts";

/** How often the return is tried, and the seconds between: what was stopped here may go on for a while at the service. */
const RETURNS = 6;
const BETWEEN = 10;

class Rollout {
  readonly #stage: Stage;
  readonly #file: StackFile;
  readonly #options: Options;
  readonly #stopping: Stopping;
  /** The last split that was good; none before a preview was. */
  #good: Split | undefined;
  /** Where callers call, as soon as their split may be another than the good one. */
  #moved: Place | undefined;

  constructor(stage: Stage, file: StackFile, options: Options, stopping: Stopping) {
    [this.#stage, this.#file, this.#options, this.#stopping] = [stage, file, options, stopping];
  }

  /** Gives the exit code. */
  async run(): Promise<number> {
    try {
      await this.#forward();
      return 0;
    } catch (error) {
      this.#say("FAILED", this.#reason(error));
      this.#say("now", await this.#return(error));
      return this.#stopping.exitCode;
    }
  }

  // #region rollout
  async #forward(): Promise<void> {
    const { deployment, limits, steps } = this.#options;
    const start = await this.#stage.split();
    const share = start[deployment];
    if (share === undefined) throw new Failure(`${this.#file.name}: traffic has no ${deployment}, only ${Object.keys(start).join(", ")}. A new deployment begins there with 0`);
    const splits = steps.filter((each) => each > share).map((each) => withShare(start, deployment, each));
    if (!(await this.#prepare(start))) return;
    const place = placeOf(this.#options, await this.#stage.address(deployment), this.#stopping);
    this.#report("smoke test", await smoke(place, limits));
    for (const split of splits) {
      this.#moved = place;
      this.#file.write(split);
      await this.#stage.up();
      this.#report(this.#label(split), await step(place, split[deployment] ?? 0, limits));
      this.#good = split;
    }
    this.#say("done", `${inWords(this.#good ?? start)}, in ${this.#file.name} too. ${this.#afterwards(start)}`);
  }

  /** Previews, and brings everything but traffic up to date. Says whether there is traffic to move. */
  async #prepare(start: Split): Promise<boolean> {
    const { deployment, stack } = this.#options;
    const share = start[deployment] ?? 0;
    this.#file.write(start);
    const changes = await this.#stage.preview();
    this.#say("preview", changes ?? this.#stage.unchanged);
    if (share > 0 && changes !== undefined) throw new Failure(`${deployment} has ${share} % of the traffic, and this update would change more than that (${changes}). ${live(stack)}`);
    this.#good = start;
    if (share === 100) this.#say("done", `${deployment} has all the traffic already: nothing to do`);
    if (share === 100) return false;
    if (changes !== undefined) await this.#stage.up();
    this.#say(`${deployment} ${share} %`, share > 0 ? "an earlier rollout got here; this one goes on" : "up to date");
    return true;
  }

  /** Back to the last good split, if callers may have another. Says how things stand now. */
  async #return(why: unknown): Promise<string> {
    const { deployment, limits, stack } = this.#options;
    const [good, place] = [this.#good, this.#moved];
    if (good === undefined) this.#file.restore();
    if (good === undefined) return "nothing was changed";
    this.#file.write(good);
    if (place === undefined || why instanceof Locked) return `the split is as it was: ${inWords(good)}`;
    this.#stopping.renew();
    try {
      await this.#upAgain();
      const { line, problem } = await seen(place, good[deployment] ?? 0, limits);
      this.#say(`back, ${this.#label(good)}`, line);
      if (problem !== undefined) throw new Failure(problem);
      return `the split is the last good one again: ${inWords(good)}, in ${this.#file.name} too`;
    } catch (error) {
      return `THE RETURN TO ${inWords(good)} IS NOT SURE: ${this.#reason(error)}\n${this.#file.name} has that split; pulumi up --stack ${stack} brings it about`;
    }
  }
  // #endregion

  async #upAgain(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#stage.up();
      } catch (error) {
        if (tries === RETURNS || error instanceof Locked || this.#stopping.signal.aborted) throw error;
      }
      await pause(BETWEEN * 1000, undefined, { signal: this.#stopping.signal });
    }
  }

  #report(label: string, { line, problem }: Seen): void {
    this.#say(label, line);
    if (problem !== undefined) throw new Failure(`${label}: ${problem}`);
  }

  #label(split: Split): string {
    return `${this.#options.deployment} ${split[this.#options.deployment] ?? 0} %`;
  }

  #reason(error: unknown): string {
    if (this.#stopping.signal.aborted) return `stopped by ${this.#stopping.by}`;
    return error instanceof Failure ? error.message : ((error as Error).stack ?? String(error));
  }

  #afterwards(start: Split): string {
    const { deployment, stack } = this.#options;
    if (this.#good?.[deployment] !== 100) return "The next rollout goes on from there";
    const [before] = Object.entries(start).filter(([name, share]) => name !== deployment && share > 0).toSorted(([, a], [, b]) => b - a)[0] ?? [];
    if (before === undefined) return "";
    return `${before} stays at 0 % for a quick return (rollout.ts ${before} --stack ${stack} --steps 100); the next release replaces or removes it`;
  }

  /** One line a step; what has more lines is indented below. */
  #say(label: string, text: string): void {
    say(label, text, this.#options.deployment.length);
  }
}

/** Why an update may not reach a deployment that has traffic already. */
const live = (stack: string): string =>
  `Put the release into a deployment without traffic, or take this one's traffic away first. If an earlier rollout was killed on its way, pulumi up --stack ${stack} brings about what is configured; then run this again`;

/** `smoke test` and `back, green 100 %` in one column. */
const WIDTH = "back,  100 %   ".length;

const say = (label: string, text: string, longest: number): void => {
  process.stdout.write(`${label.padEnd(WIDTH + longest)}${text.replaceAll("\n", `\n${" ".repeat(WIDTH + longest)}`)}\n`);
};

const main = async (): Promise<number> => {
  const options = optionsOf(process.argv.slice(2));
  const { deployment, dev, stack, steps, verbose } = options;
  const here = import.meta.dirname;
  const stopping = new Stopping();
  const file = new StackFile(here, stack);
  const run = { stopping, verbose, say: (line: string) => say("", line, deployment.length) };
  say("rollout", `${deployment} to ${steps.join(", ")} %, ${dev === undefined ? `stack ${stack}` : `dev at ${dev}`}`, deployment.length);
  say("checks", limitsInWords(options.limits), deployment.length);
  const stage = dev === undefined ? await pulumiStage(here, stack, file, run) : devStage(dev, file);
  return new Rollout(stage, file, options, stopping).run();
};

main().then(
  (code) => process.exit(code),
  (error: Error) => {
    process.stderr.write(`${error instanceof Failure ? error.message : (error.stack ?? error.message)}\n`);
    process.exit(error instanceof Usage ? 2 : 1);
  },
);
