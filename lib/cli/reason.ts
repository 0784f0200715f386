import { withoutPassword } from '../core/location-url.js';
import { messageOf } from '../core/show.js';

/** Tells why something failed, on one line and without a password. */
export function reasonOf(error: unknown): string {
  const text = withoutPassword(textOf(error)).replaceAll(/\s+/g, ' ').trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Node tells of a host with several addresses by an error without words of its own. */
function textOf(error: unknown): string {
  const { code, errors } = (error ?? {}) as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  const text = messageOf(error);
  if (text !== '') return text;
  return errors?.map(messageOf).join(', ') || String(code ?? error);
}
