/** A computation that stops where the test wants it to. */
export interface Barrier {
  readonly begun: Promise<void>;
  readonly finish: (value: string) => void;
  readonly fail: (error: Error) => void;
  readonly factory: () => Promise<string>;
}

export function barrier(): Barrier {
  let begin!: () => void;
  let finish!: (value: string) => void;
  let fail!: (error: Error) => void;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const result = new Promise<string>((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const factory = (): Promise<string> => {
    begin();
    return result;
  };
  return { begun, finish, fail, factory };
}
