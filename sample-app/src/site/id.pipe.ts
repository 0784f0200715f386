import { Injectable, NotFoundException, type PipeTransform } from '@nestjs/common';

/** Reads a number of a film or director in a path. What is none leads nowhere. */
@Injectable()
export class IdPipe implements PipeTransform<string, number> {
  transform(value: string): number {
    if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
    throw new NotFoundException(`There is no number ${JSON.stringify(value)} here.`);
  }
}
