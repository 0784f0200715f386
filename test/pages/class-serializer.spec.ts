import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ClassSerializerInterceptor,
  Controller,
  Get,
  type INestApplication,
  Inject,
  Injectable,
  type Provider,
  SerializeOptions,
  UseInterceptors,
} from '@nestjs/common';
import { APP_INTERCEPTOR, Reflector } from '@nestjs/core';
import { of } from 'rxjs';
import { CachePage, VaryOnHeaders } from '../../lib/index.js';
import { platforms } from '../support/platforms.js';
import { HIT, ScriptedApplication } from './scripted-pages.js';

const hidden = new Map<object, Set<string>>();

/** Leaves a field out of what clients see. */
function Exclude(): PropertyDecorator {
  return (prototype, name) => {
    const names = hidden.get(prototype) ?? new Set();
    hidden.set(prototype, names.add(String(name)));
  };
}

/** What the interceptor needs of the package that it usually loads: an object becomes plain, without what is excluded. */
function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== 'object' || value === null) return value;
  const names = hidden.get(Object.getPrototypeOf(value) as object);
  const entries = Object.entries(value).filter(([name]) => !names?.has(name));
  return Object.fromEntries(entries.map(([name, each]) => [name, toPlain(each)]));
}

const transformerPackage = {
  classToPlain: (value: unknown) => toPlain(value) as Record<string, unknown>,
  plainToInstance: <T>(type: new () => T, plain: unknown): T =>
    Object.assign(new type() as object, plain) as T,
};

@Injectable()
class Serializer extends ClassSerializerInterceptor {
  constructor(@Inject(Reflector) reflector: Reflector) {
    super(reflector, { transformerPackage });
  }
}

class Account {
  name = '';

  @Exclude()
  password = 'secret';

  friends: Account[] = [];

  constructor(name = '', friends: Account[] = []) {
    this.name = name;
    this.friends = friends;
  }
}

const ann = (): Account => new Account('ann', [new Account('bob')]);
const SEEN = { name: 'ann', friends: [{ name: 'bob', friends: [] }] };

class Accounts {
  static runs = 0;

  @Get('one')
  @CachePage(60)
  one(): Account {
    Accounts.runs++;
    return ann();
  }

  @Get('many')
  @CachePage(60)
  many(): Account[] {
    Accounts.runs++;
    return [ann(), ann()];
  }

  @Get('later')
  @CachePage(60)
  async later(): Promise<Account> {
    Accounts.runs++;
    await new Promise(setImmediate);
    return ann();
  }

  @Get('observable')
  @CachePage(60)
  observable(): unknown {
    Accounts.runs++;
    return of(ann());
  }

  /** What the database gave, which the interceptor is told the class of. */
  @Get('typed')
  @CachePage(60)
  @SerializeOptions({ type: Account })
  typed(): object {
    Accounts.runs++;
    return Object.assign({}, ann());
  }

  @Get('varied')
  @CachePage(60)
  @VaryOnHeaders('Accept-Language')
  varied(): Account {
    Accounts.runs++;
    return ann();
  }
}

@Controller('accounts')
class PlainAccounts extends Accounts {}

@Controller('accounts')
@UseInterceptors(Serializer)
class SerializedAccounts extends Accounts {}

@Controller('accounts')
class SerializedOne {
  @Get('one')
  @CachePage(60)
  @UseInterceptors(Serializer)
  one(): Account {
    Accounts.runs++;
    return ann();
  }
}

interface Place {
  readonly place: string;
  readonly controller: new () => object;
  readonly providers?: Provider[];
  readonly prepare?: (app: INestApplication) => unknown;
}

const places: Place[] = [
  {
    place: 'as APP_INTERCEPTOR',
    controller: PlainAccounts,
    providers: [{ provide: APP_INTERCEPTOR, useClass: Serializer }],
  },
  { place: 'of the class', controller: SerializedAccounts },
  {
    place: 'of useGlobalInterceptors',
    controller: PlainAccounts,
    prepare: (app) => app.useGlobalInterceptors(new Serializer(app.get(Reflector))),
  },
];

let app: ScriptedApplication;
afterEach(() => app.close());
beforeEach(() => void (Accounts.runs = 0));

describe.each(platforms)('The class serializer of Nest on $name', (platform) => {
  const start = async ({ controller, prepare, providers = [] }: Place): Promise<void> => {
    app = await new ScriptedApplication().start(platform, {
      controllers: [controller],
      providers,
      ...(prepare && { prepare }),
    });
  };

  const expectPages = async (name: string, expected: unknown): Promise<void> => {
    for (const hit of [false, true, true]) {
      const answer = await app.client.get(`/accounts/${name}`);
      expect(JSON.parse(answer.text)).toEqual(expected);
      expect(answer.text).not.toContain('secret');
      expect(HIT.test(String(answer.headers['cache-status']))).toBe(hit);
    }
    expect(Accounts.runs).toBe(1);
  };

  describe.each(places)('$place', (place) => {
    beforeEach(() => start(place));

    it.each([
      ['one', SEEN],
      ['many', [SEEN, SEEN]],
      ['later', SEEN],
      ['observable', SEEN],
      ['typed', SEEN],
    ])('leaves excluded fields out of a page and its hits: %s', expectPages);

    it('leaves them out of 304 and HEAD, and of what those wait for who come at once', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => app.client.get('/accounts/later')));
      for (const answer of answers) expect(JSON.parse(answer.text)).toEqual(SEEN);
      const known = await app.client.get('/accounts/later', { 'if-none-match': answers[0]!.headers.etag });
      expect([known.status, known.text]).toEqual([304, '']);
      const head = await app.client.head('/accounts/later');
      expect(Number(head.headers['content-length'])).toBe(answers[0]!.body.length);
      expect(Accounts.runs).toBe(1);
    });

    it('leaves them out of every variant', async () => {
      for (const language of ['de', 'fr', 'de', 'fr']) {
        const answer = await app.client.get('/accounts/varied', { 'accept-language': language });
        expect(JSON.parse(answer.text)).toEqual(SEEN);
      }
      expect(Accounts.runs).toBe(2);
    });
  });

  it('of the method leaves excluded fields out of a page and its hits', async () => {
    await start({ place: 'of the method', controller: SerializedOne });
    await expectPages('one', SEEN);
  });

  it('is what leaves them out: without it they are seen', async () => {
    await start({ place: 'nowhere', controller: PlainAccounts });
    expect((await app.client.get('/accounts/one')).text).toContain('secret');
  });
});
