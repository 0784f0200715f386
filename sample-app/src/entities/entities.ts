import { Director } from './director.entity.js';
import { Favourite } from './favourite.entity.js';
import { Film } from './film.entity.js';
import { Flight } from './flight.entity.js';

export const ENTITIES = [Director, Favourite, Film, Flight];
