"""The states that ipywidgets itself sends for controls, as JSON: what ours are compared with."""

import json

import ipywidgets as w

CONTROLS = {
    "IntSlider": w.IntSlider(description="a", value=3, min=1, max=10),
    "FloatSlider": w.FloatSlider(description="a", value=0.5, min=0, max=1, step=0.01),
    "FloatLogSlider": w.FloatLogSlider(description="a", value=0.001, min=-4, max=-1),
    "IntProgress": w.IntProgress(description="a", value=3, max=10),
    "Dropdown": w.Dropdown(description="a", options=["x", "y"], value="y"),
    "ToggleButtons": w.ToggleButtons(description="a", options=["x", "y"], value="y"),
    "Checkbox": w.Checkbox(description="a", value=True, indent=False),
    "Text": w.Text(description="a", value="b"),
    "Label": w.Label(value="b"),
    "HTML": w.HTML(value="b"),
    "Button": w.Button(description="a", icon="play"),
    "HBox": w.HBox([]),
    "VBox": w.VBox([]),
    "Tabs": w.Tab([w.Label()], titles=["a"], selected_index=0),
    "Output": w.Output(),
}


def state(widget):
    return {name: value for name, value in widget.get_state().items()}


states = {}
for name, control in CONTROLS.items():
    style = getattr(control, "style", None)
    states[name] = {"control": state(control), "layout": state(control.layout), "style": state(style) if style else None}
print(json.dumps(states))
