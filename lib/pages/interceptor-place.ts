import type { NestInterceptor } from '@nestjs/common';
import type { AbstractHttpAdapter, ExternalContextCreator } from '@nestjs/core';
import { type Answer, isPending } from '../core/answer.js';

/** An interceptor of the whole application that only some handlers need, and that may answer without the handler. */
export interface SelectiveInterceptor extends NestInterceptor {
  /** Whether a handler has anything to do with it. */
  isFor(controller: object, handler: object): boolean;
  /**
   * Answers a request if it can, where it is the outermost interceptor. What it has found out otherwise it remembers until `intercept`.
   *
   * @param request as the platform has it
   */
  answerFirst(request: object, reply: object, controller: object, handler: object): Answer<FirstAnswer>;
}

/** What became of a request before its chain was built: it is answered; or the interceptor has nothing to do with it, or is to intercept. */
export type FirstAnswer = 'answered' | 'passed' | 'intercept';

/** The part of Nest that collects the interceptors of a handler. */
interface Collector {
  create(instance: object, handler: object, ...rest: unknown[]): unknown[];
}

/** The part that builds a chain of them for each request. */
interface Consumer {
  intercept(
    interceptors: readonly unknown[] | undefined,
    args: readonly object[],
    instance: object,
    handler: object,
    next: unknown,
    type?: string,
  ): unknown;
}

/** What Nest gets to send where the request has been answered. */
const ANSWERED = Object.freeze({});

const ours = new WeakSet<object>();
const MICROTASK = Promise.resolve();
/** Those whose adapter knows what ANSWERED means. */
const answering = new WeakSet<object>();
const changed = new WeakSet<object>();

/**
 * Gives an interceptor the place that Nest has no word for: outermost, and at some handlers only. Nest builds a chain of promises and observables around each
 * handler for each request, which takes longer than many a handler, and longer than to answer from memory. So handlers that do not need the
 * interceptor have none, and where it is the outermost it is asked before the chain is built. This looks into private parts of Nest; where they
 * are missing, the interceptor is one like any other, and all that is lost is time.
 */
export function placeInterceptor(interceptor: SelectiveInterceptor, nest: ExternalContextCreator): void {
  ours.add(interceptor);
  const collector = partOf<Collector>(nest, 'interceptorsContextCreator', 'create');
  if (collector) collectNeeded(collector);
}

/** Lets it answer before chains are built, from the moment on that the application has an adapter: in tests, not before its providers are there. */
export function letAnswerFirst(
  interceptor: SelectiveInterceptor,
  nest: ExternalContextCreator,
  adapter: AbstractHttpAdapter | undefined,
): void {
  if (!adapter) return;
  sendNothingMore(adapter);
  answering.add(interceptor);
  const consumer = partOf<Consumer>(nest, 'interceptorsConsumer', 'intercept');
  if (consumer) askBeforeChain(consumer);
}

/** All applications of a process share it, so it is changed once. */
function partOf<Part extends object>(
  nest: ExternalContextCreator,
  name: string,
  method: keyof Part,
): Part | undefined {
  const part = (nest as unknown as Record<string, object | undefined>)[name];
  const prototype = part && (Object.getPrototypeOf(part) as Part);
  if (!prototype || typeof prototype[method] !== 'function' || changed.has(prototype)) return undefined;
  changed.add(prototype);
  return prototype;
}

/** A property at each response, in place of its own methods, would cost more than all else that a hit needs. */
function sendNothingMore(adapter: AbstractHttpAdapter): void {
  if (changed.has(adapter)) return;
  changed.add(adapter);
  const { reply } = adapter;
  adapter.reply = function replyUnlessAnswered(response: unknown, body: unknown, status?: number): unknown {
    return body === ANSWERED ? undefined : reply.call(this, response, body, status);
  };
}

function collectNeeded(collector: Collector): void {
  const { create } = collector;
  collector.create = function createNeeded(instance, handler, ...rest) {
    const interceptors = create.call(this, instance, handler, ...rest);
    return interceptors.filter((each) => !isOurs(each) || each.isFor(instance.constructor, handler));
  };
}

function askBeforeChain(consumer: Consumer): void {
  const { intercept } = consumer;
  consumer.intercept = function answerOrIntercept(interceptors, args, instance, handler, next, type) {
    const first = interceptors?.[0];
    if (type !== 'http' || !isOurs(first) || !answering.has(first))
      return intercept.call(this, interceptors, args, instance, handler, next, type);
    const goOn = (answer: FirstAnswer): unknown => {
      if (answer === 'answered') return ANSWERED;
      const needed = answer === 'passed' ? interceptors!.slice(1) : interceptors;
      return intercept.call(this, needed, args, instance, handler, next, type);
    };
    const [request, reply] = args;
    return answerLater(() => first.answerFirst(request!, reply!, instance.constructor, handler), goOn);
  };
}

/** In a later microtask, as every answer of Nest: middleware may do something after it has called `next`. */
async function answerLater(
  ask: () => Answer<FirstAnswer>,
  goOn: (answer: FirstAnswer) => unknown,
): Promise<unknown> {
  await MICROTASK;
  const answer = ask();
  return goOn(isPending(answer) ? await answer : answer);
}

function isOurs(interceptor: unknown): interceptor is SelectiveInterceptor {
  return typeof interceptor === 'object' && interceptor !== null && ours.has(interceptor);
}
