/** Every exercise of the course, chapter by chapter. */
import type { Exercise } from '../exercise.ts';
import { chapter01 } from './chapter-01.ts';
import { chapter02 } from './chapter-02.ts';
import { chapter03 } from './chapter-03.ts';
import { chapter04 } from './chapter-04.ts';
import { chapter05 } from './chapter-05.ts';
import { chapter06 } from './chapter-06.ts';
import { chapter07 } from './chapter-07.ts';
import { chapter08 } from './chapter-08.ts';
import { chapter09 } from './chapter-09.ts';
import { chapter10 } from './chapter-10.ts';

/** All of them, in the order of the course. */
export const exercises: readonly Exercise[] = [
  ...chapter01,
  ...chapter02,
  ...chapter03,
  ...chapter04,
  ...chapter05,
  ...chapter06,
  ...chapter07,
  ...chapter08,
  ...chapter09,
  ...chapter10,
];
