import { type HeaderFields, fieldText } from './header-fields.js';

/** How proxies tell what the client's own request looked like. */
export const ADDRESSING_FIELDS = [
  'front-end-https',
  'x-forwarded-host',
  'x-forwarded-path',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-protocol',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-forwarded-uri',
  'x-host',
  'x-http-host-override',
  'x-original-host',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
  'x-url-scheme',
  // How clients that know GET and POST alone name another method: to an application that listens, another resource.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
];

/** A pair of Forwarded that can be read in one way alone: who forwarded for whom. */
const PLAIN_NODE = /^(?:for|by)\s*=\s*(?:[\w.-]+|"[\w.:[\]-]*")$/i;

/**
 * Returns what a request says of its own address beside Host and URL: names and values by turns. An application may build
 * links from it whether or not its platform believes the sender, so pages made under one are kept apart from those of another; else
 * one request with a made-up host would put its links before everybody.
 */
export function addressingValues(headers: HeaderFields): string[] {
  const values: string[] = [];
  for (const name of ADDRESSING_FIELDS) {
    const text = fieldText(headers[name]);
    if (text !== undefined) values.push(name, text);
  }
  const forwarded = fieldText(headers['forwarded']);
  if (forwarded !== undefined) values.push('forwarded', ...addressingPairs(forwarded));
  return values;
}

/** Whether a request says anything of its own address beside Host and URL. */
export function saysAddress(headers: HeaderFields): boolean {
  for (const name of ADDRESSING_FIELDS) if (headers[name] !== undefined) return true;
  return headers['forwarded'] !== undefined && addressingValues(headers).length > 0;
}

/** Leaves out who forwarded for whom, which differs from client to client. What is not surely that stays: some readers look for `host=` anywhere. */
function addressingPairs(forwarded: string): string[] {
  return forwarded
    .split(/[,;]/)
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '' && !PLAIN_NODE.test(pair));
}
