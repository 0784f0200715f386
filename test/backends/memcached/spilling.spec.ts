import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { onMemcached, type ServerProcess, startMemcached } from '../../support/servers/index.mjs';
import { type Opened, openOn, store, textAt } from './on-servers.js';

const keys = Array.from({ length: 200 }, (_, index) => `film:${index}`);

describe('Entries on three memcached servers', () => {
  let servers: ServerProcess[];
  let opened: Opened[];
  let one: Opened;
  let sick: string;
  /** Keys of the server that gets sick. */
  let moving: string[];

  const open = async (): Promise<Opened> => {
    const process = await openOn(servers.map(({ host, port }) => ({ host, port })));
    opened.push(process);
    return process;
  };
  const names = ({ backend }: Opened, of: readonly string[]): string[] =>
    of.map((key) => backend.servers.nameFor(key));
  const present = async ({ backend }: Opened, of: readonly string[]): Promise<number> =>
    (await backend.readMany(of)).size;

  beforeAll(async () => {
    servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));
  beforeEach(async () => {
    await Promise.all(servers.map((server) => onMemcached(server, (wire) => wire.ask('flush_all\r\n'))));
    opened = [];
    one = await open();
    sick = one.backend.servers.names()[1]!;
    moving = keys.filter((key) => one.backend.servers.nameFor(key) === sick);
    await one.backend.writeMany(keys.map((key) => ({ key, payload: Buffer.from('first'), expiresAt: null })));
  });
  afterEach(() => Promise.all(opened.map(({ backend }) => backend.close())));

  it('are spread over all of them, equally in every process', async () => {
    const other = await open();
    expect(names(other, keys)).toEqual(names(one, keys));
    expect(new Set(names(one, keys)).size).toBe(3);
    expect(await present(other, keys)).toBe(keys.length);
  });

  it('move only from the server that is out of use, and only for so long', async () => {
    const before = names(one, keys);
    one.backend.servers.eject(sick);
    const during = names(one, keys);
    expect(during).not.toContain(sick);
    for (const [index, name] of before.entries()) if (name !== sick) expect(during[index]).toBe(name);
    one.backend.servers.readmit(sick);
    expect(names(one, keys)).toEqual(before);
  });

  it('stay on the other servers, and are written anew for the one out of use', async () => {
    one.backend.servers.eject(sick);
    expect(await present(one, keys)).toBe(keys.length - moving.length);
    await store(one.backend, moving[0]!, 'second');
    expect(await textAt(one.backend, moving[0]!)).toBe('second');
  });

  it('that spilled are seen by other processes without that server', async () => {
    const other = await open();
    one.backend.servers.eject(sick);
    other.backend.servers.eject(sick);
    // Each begins with what nobody left there.
    await textAt(one.backend, moving[0]!);
    await Promise.all(moving.map((key) => other.backend.read(key)));
    await store(one.backend, moving[0]!, 'second');
    expect(await textAt(other.backend, moving[0]!)).toBe('second');
  });

  it('of the server out of use are gone when it returns, in every process, and the others stay', async () => {
    const other = await open();
    expect(await present(other, keys)).toBe(keys.length);
    one.backend.servers.eject(sick);
    await one.backend.remove(moving[0]!);
    await one.backend.servers.recover(sick, []);
    one.backend.servers.readmit(sick);
    for (const process of [one, other]) {
      expect(await present(process, moving)).toBe(0);
      expect(await present(process, keys)).toBe(keys.length - moving.length);
    }
  });

  it('that spilled in one outage are not found in the next', async () => {
    one.backend.servers.eject(sick);
    for (const key of moving) await store(one.backend, key, 'spilled');
    await one.backend.servers.recover(sick, []);
    one.backend.servers.readmit(sick);
    for (const key of moving) await store(one.backend, key, 'third');
    one.backend.servers.eject(sick);
    expect(await present(one, moving)).toBe(0);
  });

  it('that another process left where they spilled, and never cleaned up, are not found in the next outage', async () => {
    const ended = await open();
    ended.backend.servers.eject(sick);
    for (const key of moving) await store(ended.backend, key, 'left behind');
    await ended.backend.close();
    one.backend.servers.eject(sick);
    expect(await present(one, moving)).toBe(0);
  });

  it('that spilled are hidden from those who have not noticed yet that the server is back', async () => {
    const late = await open();
    late.backend.servers.eject(sick);
    await present(late, moving);
    one.backend.servers.eject(sick);
    for (const key of moving) await store(one.backend, key, 'spilled');
    expect(await present(late, moving)).toBe(moving.length);
    await one.backend.servers.recover(sick, []);
    expect(await present(late, moving)).toBe(0);
  });

  it('that spilled go with a clear of the server that has them', async () => {
    one.backend.servers.eject(sick);
    const key = moving[0]!;
    await store(one.backend, key, 'spilled');
    await (await open()).backend.servers.clear(one.backend.servers.nameFor(key));
    expect(await textAt(one.backend, key)).toBeUndefined();
  });

  it('stay where they are if all servers are out of use', () => {
    const before = names(one, keys);
    for (const name of one.backend.servers.names()) one.backend.servers.eject(name);
    expect(names(one, keys)).toEqual(before);
  });

  it('go to another server while theirs is dead, and a recovery waits for it', async () => {
    const dead = servers.find(({ port }) => sick.endsWith(`:${port}`))!;
    await dead.kill('SIGKILL');
    try {
      await expect(one.backend.read(moving[0]!)).rejects.toThrow(sick);
      await expect(one.backend.servers.probe(sick)).rejects.toThrow();
      await expect(one.backend.servers.recover(sick, ['a'])).rejects.toThrow();
      one.backend.servers.eject(sick);
      await store(one.backend, moving[0]!, 'second');
      expect(await textAt(one.backend, moving[0]!)).toBe('second');
    } finally {
      await dead.restart();
    }
    await one.backend.servers.probe(sick);
    await one.backend.servers.recover(sick, ['a']);
    one.backend.servers.readmit(sick);
    await store(one.backend, moving[0]!, 'third');
    expect(await textAt(one.backend, moving[0]!)).toBe('third');
  });
});
