import {
  Column,
  Entity,
  Index,
  JoinColumn,
  ManyToOne,
  PrimaryGeneratedColumn,
  type Relation,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { Director } from './director.entity.js';

@Entity()
export class Film {
  @PrimaryGeneratedColumn()
  id!: number;

  /** Empty for the one film of the data set that has none. */
  @Column()
  title!: string;

  @ManyToOne(() => Director, 'films', { nullable: true })
  @JoinColumn({ name: 'directorId' })
  director?: Relation<Director> | null;

  @Index()
  @Column({ type: 'integer', nullable: true })
  directorId!: number | null;

  @Column({ type: 'text', nullable: true })
  genre!: string | null;

  @Column({ type: 'text', nullable: true })
  mpaaRating!: string | null;

  @Column({ type: 'text', nullable: true })
  distributor!: string | null;

  /** `YYYY-MM-DD`. The data set has some years wrong on purpose. */
  @Column()
  releasedOn!: string;

  @Column({ type: 'integer', nullable: true })
  minutes!: number | null;

  @Column({ type: 'integer', nullable: true })
  budget!: number | null;

  @Column({ type: 'integer', nullable: true })
  worldwideGross!: number | null;

  @Column({ type: 'integer', nullable: true })
  rottenTomatoes!: number | null;

  @Column({ type: 'real', nullable: true })
  imdbRating!: number | null;

  @Column({ type: 'integer', nullable: true })
  imdbVotes!: number | null;

  /** Counts the edits. */
  @VersionColumn({ default: 1 })
  version!: number;

  @UpdateDateColumn()
  changedAt!: Date;
}
