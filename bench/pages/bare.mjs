/** The least that an answer costs: a server of Node alone that says the same head and the same bytes whatever it is asked. */
import { createServer } from 'node:http';
import { TEXTS } from './bodies.mjs';

/** @typedef {{ kind: 'json' | 'html', status: number, headers: Record<string, string> }} BareTask */

const { headers, kind, status } = /** @type {BareTask} */ (JSON.parse(process.argv[2] ?? ''));
/** Node sends short text, and long bytes, at the least cost. */
const body = kind === 'html' ? Buffer.from(TEXTS[kind]) : TEXTS[kind];
const server = createServer((_request, response) => {
  response.writeHead(status, headers);
  response.end(body);
});
server.keepAliveTimeout = 0;
server.listen(0, '127.0.0.1', () => {
  const address = /** @type {import('node:net').AddressInfo} */ (server.address());
  process.send?.({ port: address.port });
});
process.on('message', () => {
  const { system, user } = process.cpuUsage();
  process.send?.({ processorMs: (user + system) / 1000, runs: { json: 0, html: 0 } });
});
process.on('disconnect', () => process.exit());
