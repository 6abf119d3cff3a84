/** What is wrong with one member of what was sent, by its JSON pointer. */
export interface InputError {
  readonly pointer: string;
  readonly detail: string;
}
