import { describe, expect, it } from '@jest/globals';
import { nestjsCache, nestjsCacheHere, PROCESSES_TAKE_MS } from './command-line.js';

describe('nestjs-cache', () => {
  it.each([[[]], [['--help']], [['help']], [['-h']]])('prints what there is to %j', async (args) => {
    const { code, stderr, stdout } = await nestjsCacheHere(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Usage: nestjs-cache <command>');
    expect(stdout).toContain('createcachetable');
  });

  it.each([
    [['createcachetable', '--help']],
    [['help', 'createcachetable']],
    [['createcachetable', '-d', 'x', '-h']],
  ])('explains a command to %j', async (args) => {
    const { code, stdout } = await nestjsCacheHere(args);
    expect(code).toBe(0);
    expect(stdout).toContain('Usage: nestjs-cache createcachetable -d <file>');
  });

  it(
    'is a program of its own',
    async () => {
      const { code, stderr, stdout } = await nestjsCache(['fly']);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toBe('There is no command fly. See nestjs-cache --help.\n');
    },
    PROCESSES_TAKE_MS,
  );

  it('prints its version', async () => {
    expect(await nestjsCacheHere(['--version'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });

  it.each([
    [['createcachetabel'], 'There is no command createcachetabel. Did you mean createcachetable?'],
    [['fly'], 'There is no command fly. See nestjs-cache --help.'],
    [['--versoin'], 'There is no option --versoin. See nestjs-cache --help.'],
    [
      ['createcachetable'],
      'createcachetable needs -d <file>, a module that exports a DataSource of TypeORM.',
    ],
    [['createcachetable', '--dryrun'], 'There is no option --dryrun. Did you mean --dry-run?'],
    [['createcachetable', '-d'], "Option '-d, --data-source <value>' argument missing."],
    [['createcachetable', '-d', '--dry-run'], "Option '-d' argument is ambiguous."],
    [['createcachetable', '-d', 'x', '--dry-run=yes'], "Option '--dry-run' does not take an argument."],
  ])('says of %j what is wrong', async (args, sentence) => {
    expect(await nestjsCacheHere(args)).toEqual({ code: 2, stdout: '', stderr: `${sentence}\n` });
  });
});
