/** The body does not fit: 400 with this text. */
export class InputError extends Error {
  override readonly name = "InputError";
}
