import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity()
export class Flight {
  @PrimaryGeneratedColumn()
  id!: number;

  /** Minutes late at the destination; below zero for early. */
  @Column({ type: 'integer' })
  delay!: number;

  /** Miles. */
  @Column({ type: 'integer' })
  distance!: number;

  /** The local hour of departure, with minutes as a fraction: 13.5 is half past one. */
  @Column({ type: 'real' })
  time!: number;
}
