import { Entity, PrimaryColumn } from 'typeorm';

/** A visitor likes a film. */
@Entity()
export class Favourite {
  @PrimaryColumn()
  visitor!: string;

  @PrimaryColumn()
  filmId!: number;
}
