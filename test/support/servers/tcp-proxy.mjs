// @ts-check
import { randomBytes } from 'node:crypto';
import { connect, createServer } from 'node:net';
import { freePort } from './free-port.mjs';

/**
 * - `pass`: bytes go through.
 * - `stall`: everything is accepted and held, both ways; delivered by the next `pass`.
 * - `blackhole`: everything is accepted and lost. Connections that were there meanwhile stay dead for ever, as behind a router that forgot them.
 * - `reset`: all connections are reset, and every new one.
 * - `refuse`: all connections are reset, and nobody listens.
 * - `garbage`: whatever is said is answered by random bytes. Connections of that time end with the next mode.
 *
 * @typedef {'pass' | 'stall' | 'blackhole' | 'reset' | 'refuse' | 'garbage'} ProxyMode
 */

/** @typedef {import('node:net').Socket} Socket */

/** One way of a connection: hands on what one end sends to the other, in order. */
class Lane {
  /** @type {Buffer[]} */
  #held = [];
  #isEnded = false;
  /** What is under way because of a delay; nothing may overtake it. */
  #last = Promise.resolve();
  #underWay = 0;
  #isHolding;

  /**
   * @param {Socket} to
   * @param {boolean} isHolding
   */
  constructor(to, isHolding) {
    this.to = to;
    this.#isHolding = isHolding;
  }

  /**
   * @param {Buffer} bytes
   * @param {number} delayMs
   */
  take(bytes, delayMs) {
    if (this.#isHolding) this.#held.push(bytes);
    else this.#deliver(delayMs, () => this.to.write(bytes));
  }

  /** @param {number} delayMs */
  end(delayMs) {
    if (this.#isHolding) this.#isEnded = true;
    else this.#deliver(delayMs, () => this.to.end());
  }

  hold() {
    this.#isHolding = true;
  }

  release() {
    this.#isHolding = false;
    for (const bytes of this.#held.splice(0)) this.to.write(bytes);
    if (this.#isEnded) this.to.end();
  }

  /**
   * @param {number} delayMs
   * @param {() => void} deliver
   */
  #deliver(delayMs, deliver) {
    if (delayMs === 0 && this.#underWay === 0) {
      deliver();
      return;
    }
    this.#underWay++;
    const passed = new Promise((resolve) => {
      setTimeout(resolve, delayMs).unref();
    });
    this.#last = this.#last
      .then(() => passed)
      .then(() => {
        this.#underWay--;
        deliver();
      });
  }
}

/** A client's connection and the one to the server behind. */
class Pair {
  /** Set once bytes were lost or made up: the two ends would misunderstand each other from then on. */
  isSpoiled = false;

  /**
   * @param {Socket} client
   * @param {Socket} server
   * @param {TcpProxy} proxy
   */
  constructor(client, server, proxy) {
    this.client = client;
    this.server = server;
    this.proxy = proxy;
    const isHolding = proxy.mode === 'stall';
    this.toServer = new Lane(server, isHolding);
    this.toClient = new Lane(client, isHolding);
    this.enter(proxy.mode);
    client.on('data', (bytes) => this.#fromClient(bytes));
    server.on('data', (bytes) => {
      if (!this.isSpoiled) this.toClient.take(bytes, proxy.delayMs);
    });
    client.on('end', () => this.isSpoiled || this.toServer.end(proxy.delayMs));
    server.on('end', () => this.isSpoiled || this.toClient.end(proxy.delayMs));
    client.on('close', () => server.destroy());
    for (const socket of [client, server]) socket.on('error', () => this.#fail());
  }

  /** @param {Buffer} bytes */
  #fromClient(bytes) {
    if (this.proxy.mode === 'garbage') this.client.write(randomBytes(1 + (bytes.length % 512)));
    else if (!this.isSpoiled) this.toServer.take(bytes, this.proxy.delayMs);
  }

  #fail() {
    // The black hole tells nobody of anything.
    if (!this.isSpoiled) this.reset();
  }

  /** @param {ProxyMode} mode */
  enter(mode) {
    if (mode === 'reset' || mode === 'refuse') this.reset();
    else if (mode === 'blackhole' || mode === 'garbage') this.isSpoiled = true;
    else if (mode === 'stall') this.#eachLane((lane) => lane.hold());
    else if (!this.isSpoiled) this.#eachLane((lane) => lane.release());
  }

  /** @param {ProxyMode} mode */
  leave(mode) {
    if (mode === 'garbage') this.reset();
  }

  reset() {
    this.client.resetAndDestroy();
    this.server.destroy();
  }

  /** @param {(lane: Lane) => void} act */
  #eachLane(act) {
    act(this.toServer);
    act(this.toClient);
  }
}

/** A proxy that a test can make as sick as networks are. */
export class TcpProxy {
  host = '127.0.0.1';
  port = 0;
  delayMs = 0;
  /** @type {ProxyMode} */
  mode = 'pass';
  /** How many connections it was asked for so far. */
  accepted = 0;
  /** @type {Set<Pair>} */
  #pairs = new Set();
  #listener = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));

  /** @param {{ host: string, port: number, path?: string | undefined }} target */
  constructor(target) {
    this.target = target;
  }

  /** How many connections there are. */
  get connections() {
    return this.#pairs.size;
  }

  /** @param {number} port */
  async listen(port) {
    await new Promise((resolve, reject) => {
      this.#listener.once('error', reject);
      this.#listener.listen(port, this.host, () => {
        this.#listener.off('error', reject);
        resolve(undefined);
      });
    });
    const address = /** @type {import('node:net').AddressInfo} */ (this.#listener.address());
    this.port = address.port;
  }

  /**
   * Changes what happens to connections, those that are there included.
   *
   * @param {ProxyMode} mode
   */
  async set(mode) {
    const left = this.mode;
    this.mode = mode;
    for (const pair of this.#pairs) {
      if (left !== mode) pair.leave(left);
      pair.enter(mode);
    }
    if (mode === 'refuse') await this.#unlisten();
    else if (!this.#listener.listening) await this.listen(this.port);
  }

  /**
   * Holds up what passes from now on, in each direction.
   *
   * @param {number} ms
   */
  delay(ms) {
    this.delayMs = ms;
  }

  async stop() {
    for (const pair of this.#pairs) pair.reset();
    await this.#unlisten();
  }

  async #unlisten() {
    if (!this.#listener.listening) return;
    await new Promise((resolve) => {
      this.#listener.close(resolve);
    });
  }

  /** @param {Socket} client */
  #accept(client) {
    this.accepted++;
    if (this.mode === 'reset' || this.mode === 'refuse') {
      client.on('error', () => {});
      client.resetAndDestroy();
      return;
    }
    const { host, port, path } = this.target;
    const common = { allowHalfOpen: true };
    const server =
      path === undefined ? connect({ host, port, noDelay: true, ...common }) : connect({ path, ...common });
    const pair = new Pair(client, server, this);
    this.#pairs.add(pair);
    client.on('close', () => this.#pairs.delete(pair));
  }
}

/**
 * Starts a proxy in front of a server, on a free port.
 *
 * @param {{ host: string, port: number, path?: string | undefined }} target
 * @returns {Promise<TcpProxy>}
 */
export async function startProxy(target) {
  const proxy = new TcpProxy(target);
  await proxy.listen(await freePort());
  return proxy;
}
