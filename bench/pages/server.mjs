import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { serverCommand } from './processors.mjs';

const APPLICATION = fileURLToPath(new URL('application.mjs', import.meta.url));
const BARE = fileURLToPath(new URL('bare.mjs', import.meta.url));

/** @typedef {import('./application.mjs').Task} Task */
/** @typedef {import('./application.mjs').State} State */

/**
 * An application in a process of its own, so that the engine optimises it for itself.
 *
 * @typedef {object} PageServer
 * @property {Task} task
 * @property {number} port
 * @property {() => Promise<State>} state
 * @property {() => Promise<void>} stop
 */

/** @param {Task} task @param {import('./processors.mjs').Processors | undefined} places @returns {Promise<PageServer>} */
export async function startServer(task, places) {
  return startProcess(APPLICATION, task, `${task.subject} on ${task.platform}`, places);
}

/** @param {import('./bare.mjs').BareTask} task @param {import('./processors.mjs').Processors | undefined} places @returns {Promise<PageServer>} */
export async function startBareServer(task, places) {
  return startProcess(BARE, task, 'node:http', places);
}

async function startProcess(script, task, name, places) {
  const { command, args } = serverCommand(places, [script, JSON.stringify(task)]);
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exit = once(child, 'exit');
  const ended = exit.then(([code, signal]) => {
    throw new Error(`${name} ended: ${signal ?? `code ${code}`}`);
  });
  ended.catch(() => undefined);
  const said = async () => (await Promise.race([once(child, 'message'), ended]))[0];
  const { port } = await said();
  return {
    task,
    port,
    state: () => {
      const answer = said();
      child.send({});
      return answer;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
