import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { backendRegistry } from '../../lib/backends/backend-registry.js';
import { backendContext } from '../support/backend-context.js';

const readme = await readFile('README.md', 'utf8');

const context = backendContext({ location: '/nowhere' });
/** What stands between `://` and `?` for backends that need a location. */
const LOCATIONS: Readonly<Record<string, string>> = {
  file: '/nowhere',
  redis: '127.0.0.1',
  memcached: '127.0.0.1',
};

describe('the README', () => {
  it('has a row for each backend, with what the backend says of itself', () => {
    const word = (can: boolean): string => (can ? 'yes' : 'no');
    const expected = [...new Set(backendRegistry.values())].map((definition) => {
      const location = definition.locationFromUrl(LOCATIONS[definition.name] ?? '', definition.name);
      const can = definition.create(context, {}, location).capabilities;
      const flags = [
        can.isShared,
        can.isPersistent,
        can.hasAtomicInsert,
        can.hasAtomicIncrement,
        can.limitsEntries,
      ];
      return [`\`${definition.name}\``].concat(flags.map(word));
    });
    const table = readme.slice(readme.indexOf('| Backend'), readme.indexOf('- **memory** is bounded'));
    const rows = table.trim().split('\n').slice(2);
    expect(
      rows.map((row) =>
        row
          .split('|')
          .slice(1, 7)
          .map((cell) => cell.trim()),
      ),
    ).toEqual(expected);
  });

  it('names every option that a backend takes', () => {
    for (const { name, options } of backendRegistry.values()) {
      if (name === 'dummy') continue;
      const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\``));
      for (const option of Object.keys(options)) expect(row).toContain(`\`${option}\``);
    }
  });

  it('shows the two commands of a newcomer', () => {
    expect(readme).toContain('npm ci && npm start');
    expect(readme).toContain('npm ci && npm test');
  });
});
