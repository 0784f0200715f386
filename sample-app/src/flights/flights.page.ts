import { percent, whole } from '../html/format.js';
import { type Html, html } from '../html/html.js';
import { layout } from '../html/layout.js';
import type { Making } from '../html/making.js';
import {
  type ByHour,
  type FlightReport,
  type HeatCell,
  LAST_BAND,
  type Punctuality,
} from './flight-report.service.js';
import { bandLabel, UNITS, type Units } from './units.js';

export function flightsPage(report: FlightReport, units: Units, making: Making): string {
  const { total, byDistance, byHour, heat } = report;
  return layout({
    title: 'Flight delays',
    section: '/flights',
    making,
    pageAlias: 'pages',
    body: html`
      <h1>When is a flight late?</h1>
      <p class="lead">
        Arrivals within the United States in 2001. Each visit without a cache orders all of these flights by
        their delay, twice; look at the foot of the page, then reload.
      </p>
      <ul class="figures">
        <li><b id="total-flights">${whole(total.flights)}</b> flights</li>
        <li><b>${minutes(total.mean)}</b> late on average</li>
        <li><b>${percent(total.lateShare)}</b> more than 15 minutes late</li>
        <li><b>${whole(total.worst / 60)} h</b> the longest delay</li>
      </ul>
      ${unitsForm(units)}
      <h2>By distance</h2>
      ${punctualityTable('Distance', byDistance, ({ band }) => bandLabel(band, units))}
      <h2>By hour of departure</h2>
      ${punctualityTable('Departure', byHour, hourLabel)}
      <h2>Hour and distance together</h2>
      <p class="lead">The mean delay in minutes; the darker, the later. Night flights are few.</p>
      ${heatTable(heat, units)}
    `,
  });
}

function unitsForm(units: Units): Html {
  const other: Units = units === 'miles' ? 'km' : 'miles';
  return html`<form class="row" method="post" action="/flights">
    <span>Distances in ${UNITS[units].label}.</span>
    <button name="units" value="${other}">Show ${UNITS[other].label}</button>
  </form>`;
}

function punctualityTable<T extends Punctuality>(
  heading: string,
  rows: readonly T[],
  label: (row: T) => string,
): Html {
  const worst = Math.max(...rows.map(({ lateShare }) => lateShare));
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th>${heading}</th>
          <th class="n">Flights</th>
          <th class="n">Mean</th>
          <th class="n">Median</th>
          <th class="n">90 % within</th>
          <th class="n">99 % within</th>
          <th class="n">Late</th>
          <th></th>
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => punctualityRow(label(row), row, worst))}
      </tbody>
    </table>
  </div>`;
}

function punctualityRow(label: string, row: Punctuality, worst: number): Html {
  const width = worst === 0 ? 0 : Math.round((100 * row.lateShare) / worst);
  return html`<tr>
    <td>${label}</td>
    <td class="n">${whole(row.flights)}</td>
    <td class="n">${minutes(row.mean)}</td>
    <td class="n">${row.median} min</td>
    <td class="n">${row.p90} min</td>
    <td class="n">${row.p99} min</td>
    <td class="n">${percent(row.lateShare)}</td>
    <td class="bar"><i style="width: ${width}%"></i></td>
  </tr>`;
}

function heatTable(cells: readonly HeatCell[], units: Units): Html {
  const meanOf = new Map(cells.map(({ hour, band, mean }) => [`${hour} ${band}`, mean]));
  const bands = Array.from({ length: LAST_BAND + 1 }, (_, band) => band);
  const hours = [...new Set(cells.map(({ hour }) => hour))].toSorted((one, other) => one - other);
  return html`<div class="scroll">
    <table class="heat">
      <thead>
        <tr>
          <th>Departure</th>
          ${bands.map((band) => html`<th>${bandLabel(band, units)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${hours.map(
          (hour) =>
            html`<tr>
              <td>${hourLabel({ hour })}</td>
              ${bands.map((band) => heatCell(meanOf.get(`${hour} ${band}`)))}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** A mean delay from which on the colour is full. */
const FULL_HEAT_MINUTES = 60;

function heatCell(mean: number | undefined): Html {
  if (mean === undefined) return html`<td>–</td>`;
  const heat = Math.max(0, Math.min(1, mean / FULL_HEAT_MINUTES)).toFixed(2);
  return html`<td style="background: rgb(var(--heat) / ${heat})">${mean.toFixed(0)}</td>`;
}

function hourLabel({ hour }: Pick<ByHour, 'hour'>): string {
  return `${String(hour).padStart(2, '0')}:00`;
}

function minutes(mean: number): string {
  return `${mean.toFixed(1)} min`;
}
