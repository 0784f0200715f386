import { createHmac, timingSafeEqual } from 'node:crypto';

const COOKIE = 'visitor';
const WEEK_SECONDS = 7 * 24 * 3600;

/** Who a visitor is, in a cookie that only this server can have written: the name and a signature of it. */
export class Session {
  constructor(private readonly secret: string | Buffer) {}

  /** Returns the Set-Cookie field that signs a visitor in. */
  begin(name: string): string {
    const payload = Buffer.from(name).toString('base64url');
    return `${COOKIE}=${payload}.${this.#sign(payload)}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${WEEK_SECONDS}`;
  }

  /** Returns the Set-Cookie field that signs a visitor out. */
  end(): string {
    return `${COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`;
  }

  /** Returns the name in a Cookie field; undefined if there is none with a signature of ours. */
  visitorOf(cookies: string | undefined): string | undefined {
    for (const cookie of (cookies ?? '').split(';')) {
      const [, payload, signature] = /^\s*visitor=([\w-]+)\.([\w-]+)\s*$/.exec(cookie) ?? [];
      if (payload === undefined || signature === undefined) continue;
      if (isSame(signature, this.#sign(payload))) return Buffer.from(payload, 'base64url').toString();
    }
    return undefined;
  }

  #sign(payload: string): string {
    return createHmac('sha256', this.secret).update(payload).digest('base64url');
  }
}

/** Takes as long for a near miss as for a far one. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
