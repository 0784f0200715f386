// @ts-check

/** A logger for a data source that counts its statements, and those that count rows. */
export class StatementCount {
  all = 0;
  counting = 0;
  /** @type {string[]} */
  failures = [];

  /** @param {string} text */
  logQuery(text) {
    this.all++;
    if (/\bcount\s*\(/i.test(text)) this.counting++;
  }

  /**
   * @param {string | Error} error
   * @param {string} text
   */
  logQueryError(error, text) {
    this.failures.push(`${text.slice(0, 60)}: ${typeof error === 'string' ? error : error.message}`);
  }

  logQuerySlow() {}
  logSchemaBuild() {}
  logMigration() {}
  log() {}
}
