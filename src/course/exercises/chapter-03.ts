/** Chapter 3's exercises: what single columns tell. */
import type { Exercise } from '../exercise.ts';
import { isNear } from './answers.ts';

export const chapter03: readonly Exercise[] = [
  {
    id: '3.1',
    form: "a feature's name",
    because: 'It has the largest coefficient, about 0.82, over the rows where it is there.',
    hint: "Take the last row of correlations(cancer, [...breastCancerFeatures, 'Class']).",
    isRight: (answer) => answer === 'Bare_Nuclei',
  },
  {
    id: '3.2',
    form: 'a share between 0 and 1',
    because: 'One feature and one threshold: a simple rule is the bar for every network.',
    hint: 'Count the rows where "4 or more" and "malignant" agree, and divide by 699.',
    isRight: (answer) => isNear(answer, 0.927, 0.001),
  },
  {
    id: '3.3',
    form: 'a count',
    because: 'Some patients gave several samples under one number.',
    hint: "cancer['Sample_code_number'].nUnique() counts each number once.",
    isRight: (answer) => answer === 645,
  },
];
