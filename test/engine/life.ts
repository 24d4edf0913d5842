/** A life: what happens to a stack from its first `up`, and what the service must have seen. */
import { expect, test } from "vitest";
import { newStack, type Stack } from "./stack.ts";

export type Life = (stack: Stack) => Promise<void>;

/** Tests that live each of them on a stack of its own. */
export const live = (lives: Readonly<Record<string, Life>>): void => {
  test.each(Object.entries(lives))("%s", async (_name, life) => {
    expect.hasAssertions();
    await using stack = await newStack();
    await life(stack);
  });
};
