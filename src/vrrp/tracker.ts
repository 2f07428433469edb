/** What watches one tracked thing of the host and says when its value is another. */

export interface Tracker<Value> {
  /** Of the vrrp_script, vrrp_track_process or track_file. */
  readonly name: string;
  readonly value: Value;
  /** Begins to watch. Files and processes have their value when it returns. */
  start(): void;
  /** Ends watching; what was started for it is gone when the promise resolves. onChange does not come any more. */
  stop(): Promise<void>;
}

/** Called with the new value, never from within start or stop. */
export type OnChange<Value> = (value: Value) => void;
