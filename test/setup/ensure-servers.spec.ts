import { describe, expect, it } from '@jest/globals';
import { ensureServers, type Machine } from './ensure-servers.mjs';

const REDIS = 'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64';
const MEMCACHED = 'memcached 1.6.18';
const POSTGRES = 'postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)';
const MARIADB = 'mariadbd  Ver 10.11.19-MariaDB-0+deb12u1 for debian-linux-gnu on x86_64 (Debian 12)';

/** A machine that has what it is told, and records what is run on it. */
class ScriptedMachine implements Machine {
  readonly platform: NodeJS.Platform = 'linux';
  readonly isRoot: boolean = false;
  readonly isCi: boolean = false;
  readonly ran: string[] = [];

  constructor(
    readonly versions: Record<string, string>,
    facts: Partial<Pick<Machine, 'platform' | 'isRoot' | 'isCi'>> = {},
    private readonly installed: Record<string, string> = {},
  ) {
    Object.assign(this, facts);
  }

  readonly run: Machine['run'] = (command, args) => {
    const [first] = args;
    if (first === '--version') {
      if (command === 'apt-get') return { status: 0, stdout: 'apt 2.6', stderr: '' };
      const stdout = this.versions[command];
      return { status: stdout === undefined ? null : 0, stdout: stdout ?? '', stderr: '' };
    }
    this.ran.push([command, ...args].join(' '));
    Object.assign(this.versions, this.installed);
    const isDone = Object.keys(this.installed).length > 0;
    return { status: isDone ? 0 : 100, stdout: '', stderr: isDone ? '' : 'E: Unable to locate package' };
  };
}

const all = { 'redis-server': REDIS, memcached: MEMCACHED, postgres: POSTGRES, mariadbd: MARIADB };

function allBut(command: keyof typeof all): Record<string, string> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name !== command));
}

describe('ensureServers', () => {
  it('runs nothing when recent servers are there', () => {
    const machine = new ScriptedMachine({ ...all }, { isRoot: true });
    ensureServers(machine);
    expect(machine.ran).toEqual([]);
  });

  it('installs what is missing as root, and lets no service start', () => {
    const machine = new ScriptedMachine(allBut('memcached'), { isRoot: true }, all);
    ensureServers(machine);
    expect(machine.ran).toHaveLength(1);
    expect(machine.ran[0]).toMatch(/^sh -c /);
    expect(machine.ran[0]).toContain('apt-get install -y --no-install-recommends memcached\n'.trim());
    expect(machine.ran[0]).not.toContain('redis-server');
    expect(machine.ran[0]).toContain('policy-rc.d');
  });

  it('asks for no password in continuous integration', () => {
    const machine = new ScriptedMachine({}, { isCi: true }, all);
    ensureServers(machine);
    expect(machine.ran[0]).toMatch(/^sudo -n sh -c /);
    expect(machine.ran[0]).toContain('redis-server memcached postgresql mariadb-server');
  });

  it('installs nothing on the machine of a person, and names one command', () => {
    const machine = new ScriptedMachine({});
    expect(() => ensureServers(machine)).toThrow(
      /redis-server 7\.0 or later and memcached 1\.6 or later and postgres 14 or later and mariadbd 10\.6 or later.*\n\n {4}sudo apt-get install -y --no-install-recommends redis-server memcached postgresql mariadb-server\n/,
    );
    expect(machine.ran).toEqual([]);
  });

  it('names the command of Homebrew on macOS', () => {
    expect(() => ensureServers(new ScriptedMachine({}, { platform: 'darwin', isCi: true }))).toThrow(
      'brew install redis memcached postgresql@18 mariadb',
    );
  });

  it('takes a server that is too old for a missing one', () => {
    const old = {
      'redis-server': 'Redis server v=6.2.7 sha=0',
      memcached: 'memcached 1.5.22',
      postgres: 'postgres (PostgreSQL) 13.22',
      mariadbd: 'mariadbd  Ver 10.5.29-MariaDB',
    };
    expect(() => ensureServers(new ScriptedMachine(old))).toThrow(
      'redis-server 7.0 or later and memcached 1.6 or later and postgres 14 or later and mariadbd 10.6 or later',
    );
    const newer = {
      'redis-server': 'Redis server v=8.2.0 sha=0',
      memcached: 'memcached 1.10.0',
      postgres: 'postgres (PostgreSQL) 18.0',
      mariadbd: 'mariadbd  Ver 11.4.2-MariaDB',
    };
    expect(() => ensureServers(new ScriptedMachine(newer))).not.toThrow();
  });

  it('says what went wrong when the installation fails', () => {
    const machine = new ScriptedMachine({}, { isRoot: true });
    expect(() => ensureServers(machine)).toThrow('E: Unable to locate package');
    expect(machine.ran).toHaveLength(1);
  });

  it('fails when the servers are still missing after an installation without an error', () => {
    const machine = new ScriptedMachine(allBut('redis-server'), { isRoot: true }, { unrelated: '1.0.0' });
    expect(() => ensureServers(machine)).toThrow('redis-server 7.0 or later');
  });
});
