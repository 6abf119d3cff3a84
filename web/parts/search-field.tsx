import { choose } from '../address.ts';
import type { Choices } from '../route.ts';

/** Finds by a part of a name, which is kept in the address. */
export const SearchField = ({ what, choices }: { readonly what: string; readonly choices: Choices }) => (
  <label class="search">
    <span class="visually-hidden">Find {what} by a part of their name</span>
    <input
      type="search"
      placeholder="Part of a name"
      value={choices.q ?? ''}
      onInput={({ currentTarget }) => choose({ q: currentTarget.value.trim(), shown: undefined })}
    />
  </label>
);
