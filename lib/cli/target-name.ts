import type { AnyEndpoint } from "../model/batch-endpoint.ts";

/** What can be rendered. */
export const TARGETS = ["azure", "kubernetes", "local"] as const;
export type TargetName = (typeof TARGETS)[number];

/** What an endpoint's own target is called on the command line. */
export const targetName = ({ target }: AnyEndpoint<unknown>): "azure" | "kubernetes" => (target.type === "azureMl" ? "azure" : "kubernetes");
