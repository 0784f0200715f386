import { Column, Entity, OneToMany, PrimaryGeneratedColumn, type Relation } from 'typeorm';
import type { Film } from './film.entity.js';

@Entity()
export class Director {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ unique: true })
  name!: string;

  // By name, since the two modules cannot both be loaded before the other.
  @OneToMany('Film', 'director')
  films?: Relation<Film>[];
}
