import { describe, expect, it } from '@jest/globals';
import { PathTemplate, type RouteParameters } from '../../../lib/pages/service/path-template.js';

describe('A path template', () => {
  it.each<[string, RouteParameters, string[]]>([
    ['/films', {}, ['/films']],
    ['/films/:id', { id: 5 }, ['/films/5']],
    ['/films/:id', { id: 'a/b c?' }, ['/films/a%2Fb%20c%3F']],
    ['/:a-:b', { a: 1, b: 2 }, ['/1-2']],
    ['/files/*path', { path: ['a b', 'c'] }, ['/files/a%20b/c']],
    ['/files/*path', { path: 'a/b' }, ['/files/a%2Fb']],
    ['/files/*', { '*': ['x', 'y'] }, ['/files/x/y']],
    ['/films{/:id}', {}, ['/films']],
    ['/films{/:id}', { id: 5 }, ['/films/5']],
    ['/films{.json}', {}, ['/films', '/films.json']],
    ['/films{/:id{.:format}}', { id: 5 }, ['/films']],
    ['/films/:id(\\d+)', { id: 5 }, ['/films/5']],
    ['/films/:id((?:a|b)+)/x', { id: 'a' }, ['/films/a/x']],
    ['/films/:id?', {}, ['/films/']],
    ['/films/:"film id"', { 'film id': 5 }, ['/films/5']],
    ['/a\\:b', {}, ['/a:b']],
    ['/a{b', {}, ['/a{b']],
  ])('makes paths: %s with %j', (template, parameters, paths) => {
    expect(new PathTemplate(template).pathsFor(parameters)).toEqual(paths);
  });

  it('names a parameter that is missing', () => {
    expect(() => new PathTemplate('/films/:id').pathsFor({ di: 5 })).toThrow(
      'The route "/films/:id" has the parameter "id", which is missing in { di: 5 }.',
    );
  });

  it.each<[string, string, Record<string, string> | undefined]>([
    ['/films', '/films', {}],
    ['/films', '/FILMS/', {}],
    ['/films', '/films/5', undefined],
    ['/films/:id', '/films/a%20b', { id: 'a b' }],
    ['/films/:id', '/films/%zz', { id: '%zz' }],
    ['/films/:id', '/films/', undefined],
    ['/films/:id', '/films/a/b', undefined],
    ['/files/*path', '/files/a/b', { path: 'a/b' }],
    ['/films{/:id}', '/films', {}],
    ['/films{/:id}', '/films/5', { id: '5' }],
    ['/a.b', '/axb', undefined],
  ])('matches paths: %s against %s', (template, path, parameters) => {
    expect(new PathTemplate(template).match(path)).toEqual(parameters);
  });

  it('says more the more of it is text', () => {
    const weights = ['/films/:id', '/films/new', '/*path'].map((text) => new PathTemplate(text).weight);
    expect(weights).toEqual([7, 10, 1]);
  });

  it('takes whatever text', () => {
    for (const text of ['{'.repeat(5000), ':a('.repeat(3000), '*'.repeat(5000), '\\', '{}}{', ':(', '(']) {
      const template = new PathTemplate(text);
      expect(typeof template.weight).toBe('number');
    }
  });
});
