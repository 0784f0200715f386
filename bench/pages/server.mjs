import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { serverCommand } from './processors.mjs';

const APPLICATION = fileURLToPath(new URL('application.mjs', import.meta.url));

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
  const { command, args } = serverCommand(places, [APPLICATION, JSON.stringify(task)]);
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exit = once(child, 'exit');
  const ended = exit.then(([code, signal]) => {
    throw new Error(`${task.subject} on ${task.platform} ended: ${signal ?? `code ${code}`}`);
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
