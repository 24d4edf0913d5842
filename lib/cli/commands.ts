/** Commands and flags. A verb's module is loaded when the verb is used. */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { readFileSync } from "node:fs";
import { JOB_VERB } from "../scoring/contract/batch-cluster.ts";

/** Not the default of anything that usually runs on a developer's machine. */
const PORT = 8471;

const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

const port = (text: string): number => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 65_535)) throw new InvalidArgumentError("expected a port, 0 to 65535");
  return value;
};

const version = (): string => (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version;

const program = new Command("inference-endpoints")
  .description("Model inference endpoints, written as a Pulumi program: run them here, look at what they become, build their images, call them")
  .version(version())
  .showHelpAfterError("(--help lists commands and flags)")
  .exitOverride();

/** The flags of every verb that runs a program. */
const programVerb = (name: string, description: string): Command =>
  program
    .command(name)
    .description(description)
    .argument("[program]", "folder with a Pulumi.yaml, or a program's file (default: the nearest Pulumi.yaml, upward)")
    .option("-s, --stack <name>", 'configuration of this stack, Pulumi.<name>.yaml (default: "dev", or the only one there is)')
    .option("-c, --config <key=value>", "configuration, over the stack's; can be repeated", collect)
    .option("--set <path=value>", "a value known only after deployment, such as deployments.blue.environmentVariables.DB; can be repeated", collect);

programVerb("dev", "run a program's endpoints on this machine; reload when it changes")
  .option("-p, --port <n>", "port to listen on; 0 for any free one", port, PORT)
  .option("--host <address>", "address to listen on (default: loopback, so that nobody else reaches it)")
  .option("--python <path>", "interpreter of every scoring script (default: an environment made from the deployment's file, else .venv, else python3)")
  .option("-v, --verbose", "also print every request")
  .option("--no-watch", "do not reload on change")
  .action(async (named, options) => (await import("./dev.ts")).dev(named, options));

programVerb("render", "print what a program becomes, as YAML, or write it to files")
  .addOption(new Option("-t, --target <name>", "another target than the program's own; its arguments come from --set target.<argument>=value").choices(["azure", "kubernetes", "local"]))
  .option("-o, --out <folder>", "write files instead: for kubernetes, manifests for kubectl apply --server-side")
  .action(async (named, options) => (await import("./render.ts")).render(named, options));

programVerb("build", "bake scoring container, model, code and Python packages of each deployment into an image; prints one line an image")
  .option("--push", "push the images to --registry, and print them by digest")
  .option("-r, --registry <address>", "where images belong: registry.example.com/team (default: none, for images that stay here)")
  .option("-t, --tag <tag>", "tag of the images (default: derived from the content)")
  .option("-d, --deployment <name>", "this deployment alone; can be repeated", collect)
  .option("--base <image>", "scoring image to build on (default: the target's scoringImage, else the bundled container, which is built first)")
  .option("--bundled", "build on the bundled container even where the target names a scoringImage")
  .option("--build-arg <name=value>", "for docker build, such as PIP_INDEX_URL, or NODE_IMAGE and PYTHON_IMAGE of the bundled container; can be repeated", collect)
  .option("--network <mode>", "for docker build")
  .option("--platform <platform>", "for docker build, such as linux/amd64")
  .option("--print", "build nothing: print each image's Dockerfile and what its context holds")
  .action(async (named, options) => (await import("./build.ts")).build(named, options));

programVerb("doctor", "compare the gateway of a cluster with what the program says of it, by kubectl")
  .option("--permissions", "print the Role that pulumi up, update and destroy of the program need, and ask no cluster")
  .option("--kubeconfig <path>", "for kubectl (default: its own)")
  .option("--context <name>", "for kubectl (default: its current one)")
  .action(async (named, options) => (await import("./doctor.ts")).doctor(named, options));

program
  .command("invoke")
  .description("call an endpoint, or start a job of a batch endpoint and watch it: one that dev runs here, or another by --url; its key comes from INFERENCE_ENDPOINTS_KEY or a file")
  .argument("<endpoint>", "name of the endpoint")
  .option("-f, --request-file <path>", "file with the body; - is standard input")
  .option("-d, --data <json>", "the body itself")
  .option("--deployment <name>", "which deployment must answer (default: the traffic decides, or the endpoint's default)")
  .option("--url <url>", "scoring URI of an endpoint elsewhere")
  .option("--key-file <path>", "file with the key, or with the keys as dev writes them")
  .option("-p, --port <n>", "the dev server's port, where several run an endpoint of this name", port)
  .optionsGroup("Batch endpoints:")
  .option("-i, --input <[name=]path>", "folder, file or address of the job's data; nothing is uploaded; can be repeated for pipelines", collect)
  .option("-o, --output <[name=]path>", "where the output goes: nothing may be there (default: the job's own folder); can be repeated for pipelines", collect)
  .option("--literal <name=value>", "an input of a pipeline that is no data; can be repeated", collect)
  .option("--job-name <text>", "a name for people")
  .option("--dry-run", "start nothing: say how many files, mini-batches and workers the job would have")
  .option("--idempotency-key <text>", "a repeated invoke with the same key returns the first job")
  .option("--no-wait", "print the job's id, and do not watch it")
  .option("--job <id>", "watch a job that was started before")
  .option("--cancel <id>", "cancel a job")
  .option("--resume <id>", "go on with a job that failed or was cancelled; what is finished is not done again")
  .option("--jobs", "list the endpoint's jobs, the newest first")
  .action(async (name, options) => (await import("./invoke.ts")).invoke(name, options));

/** Its flags are those of `azmlinfsrv`, which only it can read. */
program
  .command("serve")
  .description("the scoring server alone, with the flags of azmlinfsrv")
  .helpOption(false)
  .allowUnknownOption();

/** Its flags are read by the service itself, which a supervisor starts with the same. */
program
  .command("serve-batch")
  .description("the invocation service of a batch endpoint alone")
  .helpOption(false)
  .allowUnknownOption();

/** For pods of jobs, which the service makes. */
program
  .command(JOB_VERB, { hidden: true })
  .description("one instance of a batch job, in a pod that the invocation service has made")
  .helpOption(false)
  .allowUnknownOption();

/** Runs a command line, without the program's own name. Ends with exit code 1 when something is refused. */
export const runCommandLine = async (argv: readonly string[]): Promise<void> => {
  if (argv[0] === "serve") return (await import("./serve.ts")).serve(argv.slice(1));
  if (argv[0] === "serve-batch") return (await import("./serve-batch.ts")).serveBatch(argv.slice(1));
  if (argv[0] === JOB_VERB) return (await import("./serve-batch.ts")).runJob(argv.slice(1));
  try {
    await program.parseAsync([...argv], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return void (process.exitCode = error.exitCode);
    const { explain } = await import("./explain.ts");
    process.stderr.write(`${explain(error)}\n`);
    process.exit(1);
  }
};
