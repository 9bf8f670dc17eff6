/** Controls in the notebook: sliders, buttons, progress, outputs, controls of one's own; still ones where nothing moves. */

export * from './errors.ts';
export { AnyWidget, type AnyWidgetOptions } from './any-widget.ts';
export { HBox, Tabs, VBox } from './boxes.ts';
export { Checkbox, Dropdown, ToggleButtons, type CheckboxOptions, type ChoiceOptions } from './choices.ts';
export { interact, type ControlSpec, type ControlValue } from './interact.ts';
export { Output } from './output.ts';
export { showProgress, type Progress, type ProgressNews, type ProgressOptions } from './progress.ts';
export { FloatLogSlider, FloatSlider, IntProgress, IntSlider } from './sliders.ts';
export type { LogSliderOptions, ProgressOptions as IntProgressOptions, SliderOptions } from './sliders.ts';
export { Button, HTML, Label, Text, type ButtonOptions, type TextOptions } from './texts.ts';
export { ValueWidget, type ValueListener } from './value-widget.ts';
export { Widget, type WidgetLayout, type WidgetOptions } from './widget.ts';
