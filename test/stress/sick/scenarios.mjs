// @ts-check
/** @typedef {import('../../support/servers/server-process.mjs').ServerProcess} ServerProcess */
/** @typedef {import('../../support/servers/tcp-proxy.mjs').TcpProxy} TcpProxy */
/** @typedef {{ readonly server: ServerProcess, readonly proxy: TcpProxy, readonly goodbye: NodeJS.Signals }} Patient */

/**
 * A way to be sick. When `heal` has resolved, the server answers.
 *
 * @typedef {object} Scenario
 * @property {string} name
 * @property {string} what
 * @property {(patient: Patient) => unknown} strike
 * @property {(patient: Patient) => unknown} heal
 */

/**
 * @param {string} name
 * @param {string} what
 * @param {import('../../support/servers/tcp-proxy.mjs').ProxyMode} mode
 * @returns {Scenario}
 */
function network(name, what, mode) {
  return {
    name,
    what,
    strike: ({ proxy }) => proxy.set(mode),
    heal: ({ proxy }) => proxy.set('pass'),
  };
}

/** @type {readonly Scenario[]} */
export const SCENARIOS = [
  {
    name: 'stop',
    what: 'the server is frozen (SIGSTOP, SIGCONT)',
    strike: ({ server }) => server.pause(),
    heal: ({ server }) => server.resume(),
  },
  {
    name: 'kill',
    what: 'the server is killed (SIGKILL) and started anew, empty unless it is a database',
    strike: ({ server }) => server.kill(),
    heal: ({ server }) => server.restart(),
  },
  {
    name: 'restart',
    what: 'the server is shut down in good order, and started anew',
    strike: ({ goodbye, server }) => server.kill(goodbye),
    heal: ({ server }) => server.restart(),
  },
  network('reset', 'every connection is reset', 'reset'),
  network('stall', 'the network holds everything up, and delivers it later', 'stall'),
  network('garbage', 'the server answers with random bytes', 'garbage'),
  network('blackhole', 'the network loses everything, and connections of that time stay dead', 'blackhole'),
];
