/** The two servers of a run, each in a process of its own, on free ports of this machine alone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {{ url: string, stop: () => Promise<void> }} Running */

const GATEWAY = fileURLToPath(new URL('gateway.mjs', import.meta.url));
const START_LIMIT_MS = 20_000;

/** The server of the suite would listen on all addresses. */
const LOOPBACK_ALONE = `data:text/javascript,${encodeURIComponent(`
  import { Server } from 'node:net';
  const { listen } = Server.prototype;
  Server.prototype.listen = function (port, ...rest) {
    return listen.call(this, port, '127.0.0.1', ...rest.filter((each) => typeof each === 'function'));
  };
`)}`;

/** @param {string} suite folder of the suite @returns {Promise<Running>} */
export async function startOrigin(suite) {
  const port = await freePort();
  const folder = mkdtempSync(path.join(tmpdir(), 'http-suite-'));
  const server = await started(port, ['--import', LOOPBACK_ALONE, 'test-engine/server/server.mjs'], {
    cwd: suite,
    env: {
      ...process.env,
      npm_config_protocol: 'http',
      npm_config_port: String(port),
      npm_config_pidfile: path.join(folder, 'pid'),
    },
  });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** @param {{ origin: string, platform: string, options: string }} what @returns {Promise<Running>} */
export async function startGateway({ options, origin, platform }) {
  const port = await freePort();
  const env = { ...process.env, ORIGIN: origin, PORT: String(port), PLATFORM: platform, OPTIONS: options };
  return started(port, [GATEWAY], { env });
}

async function started(port, args, options) {
  const child = spawn(process.execPath, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  const exit = once(child, 'exit');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await exit;
  };
  const end = Date.now() + START_LIMIT_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > end) {
      await stop();
      throw new Error(`${args.at(-1)} did not start on port ${port}`);
    }
  }
  return { url: `http://127.0.0.1:${port}`, stop };
}

async function answers(port) {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return false;
  } finally {
    socket.destroy();
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}
