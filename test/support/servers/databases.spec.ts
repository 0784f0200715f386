import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createMariadbDatabase,
  createPostgresDatabase,
  onMariadb,
  onPostgres,
  PostgresWire,
  type ServerProcess,
  startMariadb,
  startPostgres,
  startPostgresReplica,
} from './index.mjs';
import { until } from './server-process.mjs';

const INDEX = new URL('index.mjs', import.meta.url).href;

/** A process that starts databases, one of which is paused while a connection is open, tells of them, and then waits for ever. */
const TEST_PROCESS = `
  import { PostgresWire, startMariadb, startPostgres } from ${JSON.stringify(INDEX)};
  const servers = [await startPostgres(), await startPostgres(), await startMariadb()];
  await new PostgresWire(servers[0]).query('SELECT 1');
  servers[0].pause();
  console.log(JSON.stringify(servers.map(({ place }) => place.folder)));
  setInterval(() => {}, 1000);
`;

/** The processes that work in a folder, by their command lines or those that started them. */
function processesOf(folder: string): string[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,state=,command='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const main = new Set(
    rows.filter(([, , , ...command]) => command.join(' ').includes(folder)).map(([pid]) => pid),
  );
  return rows
    .filter(([pid, parent, state]) => !state?.startsWith('Z') && (main.has(pid) || main.has(parent)))
    .map(([pid]) => pid!);
}

describe('the databases of the tests', () => {
  let postgres: ServerProcess;
  let mariadb: ServerProcess;
  beforeAll(async () => {
    [postgres, mariadb] = await Promise.all([startPostgres(), startMariadb()]);
  }, 60_000);
  afterAll(async () => Promise.all([postgres.stop(), mariadb.stop()]), 60_000);

  it('are gone with all their processes and folders when the test process is killed', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', TEST_PROCESS], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const folders = JSON.parse(line) as string[];
    const processes = folders.flatMap(processesOf);
    // PostgreSQL has several each, and one for the connection.
    expect(processes.length).toBeGreaterThan(8);
    child.kill('SIGKILL');
    await until('all is gone', async () => {
      const left = new Set(
        execFileSync('ps', ['-A', '-o', 'pid='], { encoding: 'utf8' }).trim().split(/\s+/),
      );
      return folders.every((folder) => !existsSync(folder)) && !processes.some((pid) => left.has(pid));
    });
  }, 60_000);

  it('keep what was committed when they are killed and started anew', async () => {
    const inPostgres = { ...postgres.place, database: await createPostgresDatabase(postgres) };
    await onPostgres(inPostgres, (wire) => wire.query('CREATE TABLE t (a int); INSERT INTO t VALUES (1)'));
    const inMariadb = { ...mariadb.place, database: await createMariadbDatabase(mariadb) };
    await onMariadb(inMariadb, (connection) =>
      connection.query('CREATE TABLE t (a int); INSERT INTO t VALUES (1)'),
    );
    await Promise.all([postgres.restart(), mariadb.restart()]);
    expect(await onPostgres(inPostgres, (wire) => wire.query('SELECT a FROM t'))).toEqual([['1']]);
    const [rows] = await onMariadb(inMariadb, (connection) => connection.query('SELECT a FROM t'));
    expect(rows).toEqual([{ a: 1 }]);
  });

  it('say nothing while they are paused, on old connections neither', async () => {
    const wire = new PostgresWire(postgres.place);
    await wire.query('SELECT 1');
    postgres.pause();
    let isAnswered = false;
    const answer = wire.query('SELECT 2').finally(() => {
      isAnswered = true;
    });
    const states = processesOf(postgres.place.folder).map((pid) =>
      execFileSync('ps', ['-o', 'state=', '-p', pid], { encoding: 'utf8' }).trim(),
    );
    expect(states.length).toBeGreaterThan(3);
    expect(new Set(states)).toEqual(new Set(['T']));
    expect(isAnswered).toBe(false);
    postgres.resume();
    expect(await answer).toEqual([['2']]);
    wire.close();
  });

  it('have a standby, which shows what the primary has written unless it is told not to', async () => {
    const { standby, caughtUp, pauseReplay, resumeReplay, stop } = await startPostgresReplica(postgres);
    const write = (text: string) => onPostgres(postgres.place, (wire) => wire.query(text));
    const seen = () => onPostgres(standby.place, (wire) => wire.query('SELECT a FROM followed ORDER BY a'));
    await write('CREATE TABLE followed (a int); INSERT INTO followed VALUES (1)');
    await caughtUp();
    expect(await seen()).toEqual([['1']]);
    await expect(onPostgres(standby.place, (wire) => wire.query('DELETE FROM followed'))).rejects.toThrow(
      'read-only transaction',
    );
    await pauseReplay();
    await write('INSERT INTO followed VALUES (2)');
    expect(await seen()).toEqual([['1']]);
    await resumeReplay();
    await caughtUp();
    expect(await seen()).toEqual([['1'], ['2']]);
    await stop();
    expect([standby.isRunning, postgres.isRunning]).toEqual([false, true]);
  });
});
