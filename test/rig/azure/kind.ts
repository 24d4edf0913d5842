/** What the service does with one kind of resource. */
import type { Control } from "./control.ts";
import type { Body } from "../json.ts";
import type { Place } from "./paths.ts";
import type { RuleName } from "./rules.ts";
import type { Failure, Step, Stored, World } from "./world.ts";

/** A request for a resource, with what there is. */
export interface Asked {
  readonly place: Place;
  readonly body: Body;
  readonly world: World;
  readonly control: Control;
  readonly existing: Stored | undefined;
}

/** What becomes of a request that is not refused. */
export interface Accepted {
  /** What is stored. */
  readonly body: Body;
  /** The operation will fail, and why. */
  readonly failure?: Failure | undefined;
  /** The service did something that the caller may not expect. */
  readonly note?: RuleName | undefined;
  /** The operation goes on with these. */
  readonly steps?: readonly Step[];
  /** What becomes its outputs when they are put: ids by name. */
  readonly outputs?: Readonly<Record<string, string>>;
}

export interface Kind {
  /** ARM's type. */
  readonly type: string;
  /** PUT and DELETE are long-running. */
  readonly slow: boolean;
  /** May be written only while nothing else is at the same endpoint. */
  readonly serial: boolean;
  /** @throws Refused */
  readonly put: (asked: Asked) => Accepted;
  /** @throws Refused */
  readonly patch?: (asked: Asked, existing: Stored) => Accepted;
  /** @throws Refused */
  readonly remove?: (asked: Asked, existing: Stored) => void;
  /** What a read shows besides id, name and type. */
  readonly show: (stored: Stored, body: Body, control: Control) => Body;
}

/** Kept as sent. */
export const keep = ({ body }: Asked): Accepted => ({ body });
