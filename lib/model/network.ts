/** Who may reach the pods, and whom they may reach. */
import { z } from "zod";
import { either, late, lateMap, list, oneOf, strict, text, whole } from "./fields.ts";

/** Callers of pods: pods of a namespace, or addresses. */
export type PeerArgs<V> =
  | {
      readonly namespace: V;
      /** Labels of the pods in it. @default - every pod of the namespace */
      readonly podLabels?: Readonly<Record<string, V>>;
    }
  | {
      /** Blocks of addresses, `10.1.0.0/16`. Of pods in a block, see {@link EgressAllowArgs.cidr}. */
      readonly cidrs: readonly string[];
    };

/** A way out of pods whose egress is disabled. */
export interface EgressAllowArgs {
  /** A block of addresses, `10.1.0.0/16`, or one address, `10.1.2.3/32`. Addresses of pods in it are reached in many networks and not in all: Kubernetes leaves it open. */
  readonly cidr: string;
  /** Ports, 1 to 65535. @default - every port */
  readonly ports?: readonly number[];
  /** @default "TCP" */
  readonly protocol?: "TCP" | "UDP";
}

const cidrMessage = 'expected a block of addresses such as "10.1.0.0/16"';

const cidr = () => text("a block of addresses").refine(isCidr, { error: cidrMessage });

const isCidr = (value: string): boolean => z.union([z.cidrv4(), z.cidrv6()]).safeParse(value).success;

/** @internal */
export const peer = <V>() =>
  either(
    (value) => typeof value === "object" && value !== null && "cidrs" in value,
    strict({ cidrs: list(cidr(), "a list of blocks of addresses", "one block of addresses or more") }),
    strict({ namespace: late<V>("a namespace"), podLabels: lateMap<V>().optional() }, "pods, { namespace, podLabels? }, or addresses, { cidrs }"),
  );

/** @internal */
export type Peer<V> = PeerArgs<V>;

/** @internal */
export const egressAllow = () =>
  list(
    strict({
      cidr: cidr(),
      ports: list(whole("(a port)", 1, 65_535), "a list of ports", "one port or more; leave it out for every port").optional(),
      protocol: oneOf("TCP", "UDP").default("TCP"),
    }),
    "a list of { cidr, ports? }",
  );
