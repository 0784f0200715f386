import { CacheConfigurationError } from './errors.js';
import { show } from './show.js';

/** The parts of a cache URL: `scheme://rest?option=value`. */
export interface LocationUrl {
  /** All of it, as it was written. Not fit for messages: see `withoutPassword`. */
  readonly text: string;
  readonly scheme: string;
  /** Everything between `://` and `?`, as it was written. */
  readonly rest: string;
  readonly query: Readonly<Record<string, string>>;
}

/** What stands where a port would, and is none, is a password that was cut off by a character of its own. */
const PORT_THAT_IS_NONE = /(:\/\/[^:/@\s[]*:)(?![^/\s]*@)(?!\d+(?::\d+)?(?:[/?;,\s"']|$))[^/\s?;,"']+/g;

/**
 * Hides the passwords of URLs in a text, well-formed or not, for messages. Rather too much than a part: a password may hold any
 * character but white space.
 */
export function withoutPassword(text: string): string {
  const hidden = text.replaceAll(/\S+@/g, (run) => {
    const [, scheme = '', user = ''] = /^(.*?:\/{1,2})?([^:@]*)/.exec(run) ?? [];
    return `${scheme}${user}:***@`;
  });
  return hidden.replaceAll(PORT_THAT_IS_NONE, '$1***').replaceAll(/\b(password=)[^&\s]*/gi, '$1***');
}

/**
 * Takes a cache URL apart. Not with the platform's URL class, since lists of servers are no URLs.
 *
 * @param owner who is configured, to begin the error with
 * @throws {CacheConfigurationError}
 */
export function parseLocationUrl(url: string, owner: string): LocationUrl {
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^?]*)(?:\?(.*))?$/is.exec(url);
  if (!match) {
    throw new CacheConfigurationError(
      `${owner}: ${show(withoutPassword(url))} is not a cache URL. Write scheme://location?option=value, for example "memory://?timeout=60", ` +
        'or "file:///var/cache/shop".',
    );
  }
  const [, scheme = '', rest = '', queryText = ''] = match;
  // Without a prototype, so that no name is special.
  const query = Object.create(null) as Record<string, string>;
  for (const [name, value] of new URLSearchParams(queryText)) {
    if (Object.hasOwn(query, name))
      throw new CacheConfigurationError(`${owner}: the URL gives "${name}" twice.`);
    query[name] = value;
  }
  return { text: url, scheme: scheme.toLowerCase(), rest, query };
}
