import { whole } from '../html/format.js';
import { BAND_MILES, LAST_BAND } from './flight-report.service.js';

/** In which distances are told: the name in the cookie and the form. */
export const UNITS = {
  miles: { label: 'miles', perMile: 1 },
  km: { label: 'kilometres', perMile: 1.609344 },
} as const;

export type Units = keyof typeof UNITS;

/** The cookie that keeps what a visitor has chosen. */
export const UNITS_COOKIE = 'units';

export function isUnits(name: unknown): name is Units {
  return typeof name === 'string' && Object.hasOwn(UNITS, name);
}

/** Returns the units in a Cookie field; miles if there are none that we know. */
export function unitsOf(cookies: string | undefined): Units {
  const [, chosen] = /(?:^|;)\s*units=([^;\s]*)/.exec(cookies ?? '') ?? [];
  return isUnits(chosen) ? chosen : 'miles';
}

/** Writes which distances a band holds. */
export function bandLabel(band: number, units: Units): string {
  const { label, perMile } = UNITS[units];
  const at = (miles: number): string => whole(miles * perMile);
  const from = band * BAND_MILES;
  return band === LAST_BAND
    ? `${at(from)} ${label} and more`
    : `${at(from)}–${at(from + BAND_MILES - 1)} ${label}`;
}
