import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Header, Headers, type INestApplication, Ip, Req, Res } from '@nestjs/common';
import { type Platform, platforms, type Reply } from '../support/platforms.js';
import { ScriptedApplication, type ScriptRequest } from '../pages/scripted-pages.js';

/** Nobody has said anything about caching here: what is safe is up to the site-wide cache. */
@Controller('account')
class AccountController {
  static runs = 0;

  @Get()
  account(@Req() { headers, user }: ScriptRequest): string {
    AccountController.runs++;
    return JSON.stringify([headers, user ?? null]);
  }

  @Get('ip')
  ip(@Ip() ip: string): string {
    AccountController.runs++;
    return ip;
  }

  @Get('language')
  language(@Headers('accept-language') language = 'none'): string {
    return `in ${language}`;
  }

  @Get('headers')
  headers(@Headers() headers: Record<string, string>): string {
    return JSON.stringify(headers);
  }

  @Get('cookie')
  cookie(@Res({ passthrough: true }) reply: Reply): string {
    AccountController.runs++;
    reply.header('Set-Cookie', `sid=${AccountController.runs}`);
    return `session ${AccountController.runs}`;
  }

  @Get('private')
  @Header('Cache-Control', 'private')
  private(): string {
    return `run ${++AccountController.runs}`;
  }

  @Get('*')
  deceived(@Req() { headers }: ScriptRequest): string {
    return JSON.stringify(headers);
  }
}

/** What shows who asks. */
const CREDENTIALS: Record<string, string>[] = [
  { cookie: 'sid=ann' },
  { cookie: 'ann' },
  { cookie: '=ann' },
  { authorization: 'Bearer ann' },
  { authorization: 'ann' },
  { 'proxy-authorization': 'Basic ann' },
  { 'x-api-key': 'ann' },
  { 'x-auth-token': 'ann' },
  { 'x-csrf-token': 'ann' },
  { 'x-forwarded-user': 'ann' },
  { 'x-remote-user': 'ann' },
  { 'x-forwarded-email': 'ann' },
  { 'x-auth-request-email': 'ann' },
  { 'x-session-id': 'ann' },
  { 'x-user-id': 'ann' },
  { 'x-client-cert': 'ann' },
  { 'x-ssl-client-s-dn': 'ann' },
  { 'x-forwarded-client-cert': 'ann' },
  { 'x-goog-iap-jwt-assertion': 'ann' },
  { 'cf-access-jwt-assertion': 'ann' },
  { 'cf-access-authenticated-user-email': 'ann' },
  { 'x-amzn-oidc-identity': 'ann' },
  { 'x-ms-client-principal-name': 'ann' },
  { 'remote-user': 'ann' },
  { 'x-name': 'ann' },
];

function nameVisitors(app: INestApplication): void {
  app.use((request: ScriptRequest, _response: unknown, next: () => void) => {
    const name = request.headers['x-name'];
    if (name !== undefined) request.user = { name };
    next();
  });
}

const start = (platform: Platform): Promise<ScriptedApplication> =>
  new ScriptedApplication().start(platform, {
    controllers: [AccountController],
    options: { site: { timeout: 60 } },
    prepare: nameVisitors,
  });

describe.each(platforms)('The site-wide cache on $name', (platform) => {
  let app = new ScriptedApplication();
  beforeAll(async () => void (app = await start(platform)));
  afterAll(() => app.close());

  it.each(CREDENTIALS)('keeps nothing of a request with %j, and gives it nothing', async (credential) => {
    const path = `/account?${encodeURIComponent(JSON.stringify(credential))}`;
    expect((await app.client.get(path, credential)).text).toContain('ann');
    expect((await app.client.get(path)).text).not.toContain('"ann"');
    expect((await app.client.get(path, credential)).text).toContain('ann');
    const { runs } = AccountController;
    await app.client.get(path);
    expect(AccountController.runs).toBe(runs);
  });

  it.each(['x.css', 'x.js', 'settings/x.png', '%2e%2e%2fstatic%2fx.css', ';x.css'])(
    'is not deceived by the path /account/%s',
    async (rest) => {
      const path = `/account/${rest}`;
      expect((await app.client.get(path, { cookie: 'sid=ann' })).text).toContain('ann');
      expect((await app.client.get(path)).text).not.toContain('ann');
    },
  );

  it('leaves pages that depend on the address of the client alone', async () => {
    AccountController.runs = 0;
    for (const run of [1, 2]) {
      await app.client.get('/account/ip');
      expect(AccountController.runs).toBe(run);
    }
  });

  it('keeps pages apart by headers that handlers take as parameters', async () => {
    for (const language of ['fr', 'de', 'fr'])
      expect((await app.client.get('/account/language', { 'accept-language': language })).text).toBe(
        `in ${language}`,
      );
  });

  it('leaves handlers alone that take all headers', async () => {
    for (const agent of ['one', 'other'])
      expect((await app.client.get('/account/headers', { 'user-agent': agent })).text).toContain(agent);
  });

  it.each(['cookie', 'private'])('keeps no answer that is for one client alone (%s)', async (path) => {
    const [one, other] = [await app.client.get(`/account/${path}`), await app.client.get(`/account/${path}`)];
    expect(one.text).not.toBe(other.text);
  });
});
