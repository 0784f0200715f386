import 'reflect-metadata';
import { explain } from './start/explain.js';
import { start } from './start/start.js';

try {
  await start(process.env);
} catch (error) {
  console.error(explain(error));
  process.exit(1);
}
