// @ts-check
/** With `--import`, lets a process of a test run the sources as they are, compiled or not. */
import { register } from 'node:module';

register('./hooks.mjs', import.meta.url);
