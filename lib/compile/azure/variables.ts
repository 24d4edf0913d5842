/** Variables of a deployment; those that stand in a Key Vault as references, which Azure reads when a container starts. */
import type { On } from "../../model/endpoint.ts";
import { join, type Value } from "../../model/late.ts";
import type { OnlineDeployment } from "../../model/online-deployment.ts";
import { isLate, show, type At, type Problem } from "../../model/refusal.ts";
import type { AzureMlTarget } from "../../model/target.ts";
import type { SecretVariable } from "../../model/variables.ts";
import { certainOfEach } from "../../model/refused.ts";

/** What the vault calls it: its secrets have no keys. */
const secretName = <V>({ key, secret }: SecretVariable<V>): string => `${String(secret)}-${key}`;

export const compileVariables = <V>({ target }: On<V, AzureMlTarget<V>>, { environmentVariables, secretVariables }: OnlineDeployment<V>): Readonly<Record<string, Value<V>>> => ({
  ...environmentVariables,
  ...Object.fromEntries(
    Object.entries(secretVariables).map(([name, variable]) => {
      const secret = secretName(variable);
      return [name, join<V>`\${{keyvault:https://${target.keyVault?.name ?? ""}.vault.azure.net/secrets/${secret}/${target.keyVault?.versions[secret] ?? ""}}}`];
    }),
  ),
});

/** What a Key Vault calls its secrets. */
const NAME = /^[0-9A-Za-z-]{1,127}$/;

export const secretVariableProblems = <V>({ target }: On<V, AzureMlTarget<V>>, { secretVariables }: OnlineDeployment<V>, at: At): Problem[] =>
  certainOfEach(secretVariables, (variable, name): Problem[] => {
    const refuse = (message: string): Problem[] => [at(`.environmentVariables.${name}`, message)];
    if (isLate(variable.secret)) return refuse("on Azure the name decides which version is read: write it as a plain value");
    const secret = secretName(variable);
    if (target.keyVault === undefined) return refuse(`on Azure it is secret ${show(secret)} of a Key Vault: say of which, azureMl({ keyVault: { name, versions: { ${show(secret)}: "…" } } })`);
    if (!NAME.test(secret)) return refuse(`on Azure it is secret ${show(secret)} of a Key Vault, whose names are of letters, digits and dashes: take another secret or key`);
    return target.keyVault.versions[secret] === undefined ? refuse(`Azure takes no secret without its version: write azureMl({ keyVault: { versions: { ${show(secret)}: "…" } } })`) : [];
  });
