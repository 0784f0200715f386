import { flag, type OptionRule, type OptionRules, parseOptions } from '../../core/options.js';

/** How pages are answered before guards could run. */
export interface EarlyOptions {
  /**
   * Says that no guard of the handler decides who gets the page.
   *
   * @default false: a handler with guards ends the start of the application
   */
  skipGuards?: boolean;
}

/** Checked. */
export interface EarlyChoice {
  readonly skipsGuards: boolean;
}

const optionRules: OptionRules<EarlyOptions> = { skipGuards: flag };

/** `false` for what is switched off, which a method may do that its class switches on. */
export const earlyOption: OptionRule<EarlyChoice | false> = {
  expected: 'true, false or { skipGuards: true }',
  parse: (value) => {
    if (typeof value === 'boolean') return value && { skipsGuards: false };
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new TypeError('no options');
    const { skipGuards = false } = parseOptions(
      optionRules,
      value as Record<string, unknown>,
      '@CachePage: early',
    );
    return { skipsGuards: skipGuards };
  },
  fromText: (text) => text,
  isNested: true,
};
