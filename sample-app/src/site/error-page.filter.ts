import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { html } from '../html/html.js';
import { layout } from '../html/layout.js';
import { Making } from '../html/making.js';

/** Answers failures with a page for people and JSON for programs. */
@Catch()
export class ErrorPageFilter implements ExceptionFilter {
  readonly #logger = new Logger('Site');

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const status = statusOf(error);
    if (status >= 500) this.#logger.error(error instanceof Error ? error.stack : error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const message = status < 500 ? (error as Error).message : 'Something went wrong here. It has been noted.';
    response.status(status);
    if (request.path.startsWith('/api/')) response.json({ statusCode: status, message });
    else response.type('html').send(errorPage(status, message));
  }
}

/** Also of the errors of Express itself, such as for a body that cannot be read. */
function statusOf(error: unknown): number {
  const status = error instanceof HttpException ? error.getStatus() : (error as { status?: unknown })?.status;
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500;
}

function errorPage(status: number, message: string): string {
  return layout({
    title: `Error ${status}`,
    making: new Making(),
    body: html`<h1>${status === 404 ? 'Not found' : `Error ${status}`}</h1>
      <p class="lead">${message}</p>
      <p><a href="/">Back to the start</a></p>`,
  });
}
