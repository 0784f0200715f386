/** Nest without any cache. @returns {import('./subject.mjs').PageSubject} */
export function openPlain() {
  return { imports: [], onHandlers: [] };
}
