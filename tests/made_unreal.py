"""A stand-in for Unreal's module `unreal`, as far as the script uses it, after Epic's Python API reference (5.1 to 5.7).

It is strict where the editor is: frames are `FrameNumber`, a control of two axes takes `Vector2D`, plural setters want as many
values as frames, and what a version has not got is not there.
"""

import math
import types
from bisect import insort


class FrameNumber:
    def __init__(self, value=0):
        assert type(value) is int, value
        self.value = value


class FrameRate:
    def __init__(self, numerator, denominator=1):
        self.numerator, self.denominator = numerator, denominator


class Vector2D:
    def __init__(self, x=0.0, y=0.0):
        self.x, self.y = float(x), float(y)


class Key:
    def __init__(self, frame, value):
        self.frame, self.value, self.mode = frame, value, "RCIM_CUBIC"

    def __lt__(self, other):
        return self.frame < other.frame

    def get_time(self, time_unit="display"):
        whole = math.floor(self.frame)
        return types.SimpleNamespace(frame_number=FrameNumber(whole), sub_frame=self.frame - whole)

    def set_interpolation_mode(self, mode):
        self.mode = mode


class Channel:
    def __init__(self, name, ticks=800.0):
        self.channel_name, self.keys, self.ticks = name, [], ticks

    def get_keys(self):
        return list(self.keys)

    def remove_key(self, key):
        self.keys.remove(key)

    def put(self, frame, value, mode="RCIM_CUBIC"):
        self.keys = [key for key in self.keys if key.frame != frame]
        insort(self.keys, Key(frame, value))
        next(key for key in self.keys if key.frame == frame).mode = mode

    def add_key(self, time, new_value, sub_frame=0.0, time_unit="display", interpolation="AUTO"):
        assert isinstance(time, FrameNumber)
        assert type(new_value) is float
        place = time.value if time_unit == "display" else time.value / self.ticks
        self.put(place, new_value, "RCIM_LINEAR" if interpolation == "LINEAR" else "RCIM_CUBIC")


class Color:
    def __init__(self, b=0, g=0, r=0, a=0):
        assert all(type(part) is int for part in (b, g, r, a))
        self.b, self.g, self.r, self.a = b, g, r, a


class Section:
    """bounds: whether it begins and ends. Its weight is a channel too, as in the editor."""

    def __init__(self, controls, blend="ABSOLUTE", ticks=800.0):
        self.channels, self.blend, self.tint, self.bounds = {"Weight": Channel("Weight")}, blend, Color(), [True, True]
        for name, axes in controls.items():
            for channel in [name] if axes == 1 else [f"{name}.X", f"{name}.Y"]:
                self.channels[channel] = Channel(channel, ticks)

    def get_all_channels(self):
        return list(self.channels.values())

    def get_blend_type(self):
        return self.blend

    def set_blend_type(self, blend):
        assert blend in ("ABSOLUTE", "ADDITIVE")
        self.blend = blend

    def set_start_frame_bounded(self, bounded):
        self.bounds[0] = bounded

    def set_end_frame_bounded(self, bounded):
        self.bounds[1] = bounded

    def get_editor_property(self, name):
        assert name == "color_tint"
        return self.tint

    def set_editor_property(self, name, value):
        assert name == "color_tint"
        assert isinstance(value, Color)
        self.tint = value


class AudioSection:
    sound = first = past = None

    def set_sound(self, sound):
        self.sound = sound

    def set_range(self, first, past):
        assert type(first) is type(past) is int
        self.first, self.past = first, past


class Track:
    def __init__(self, sections):
        self.sections = sections

    def get_sections(self):
        return list(self.sections)

    def add_section(self):
        self.sections.append(AudioSection())
        return self.sections[-1]


class RigTrack(Track):
    """A control rig's: its first section is absolute, others are additive, and the newest one takes the keys."""

    def __init__(self, controls, rate):
        self.controls, self.ticks = controls, 24000 * rate[1] / rate[0]
        super().__init__([Section(controls, ticks=self.ticks)])
        self.keyed = self.sections[0]

    def add_section(self):
        self.sections.append(Section(self.controls, "ADDITIVE", self.ticks))
        self.keyed = self.sections[-1]
        return self.keyed

    def set_section_to_key(self, section):
        assert section in self.sections
        self.keyed = section


class Rig:
    def __init__(self, name, controls):
        self.name, self.controls = name, controls

    def get_name(self):
        return self.name

    def get_class(self):
        return types.SimpleNamespace(get_name=lambda: self.name + "_C")

    def get_hierarchy(self):
        keys = [types.SimpleNamespace(name=name) for name in self.controls]
        return types.SimpleNamespace(get_controls=lambda traverse=False: keys)


class Sequence:
    def __init__(self, rate, proxies, end=10):
        self.rate, self.proxies, self.end, self.tracks = FrameRate(*rate), proxies, end, []

    def get_display_rate(self):
        return self.rate

    def get_tick_resolution(self):
        return FrameRate(24000, 1)

    def get_playback_end(self):
        return self.end

    def set_playback_end(self, frame):
        assert type(frame) is int
        self.end = frame

    def add_track(self, kind):
        assert kind == "MovieSceneAudioTrack"
        self.tracks.append(Track([]))
        return self.tracks[-1]


class Task(dict):
    def set_editor_property(self, name, value):
        assert name in ("filename", "destination_path", "automated", "replace_existing", "save")
        self[name] = value

    def get_editor_property(self, name):
        assert name == "imported_object_paths"
        return ["/Game/speechface/line.line"]


class Context:
    def __init__(self, *given):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *given):
        return False

    def make_dialog(self, can_cancel):
        pass

    def should_cancel(self):
        return False

    def enter_progress_frame(self, work):
        pass


def module(sequence):
    """The module for an editor in which a sequence is open (None for none); `said` has what it logged."""
    made = types.ModuleType("unreal")
    made.said = []

    def keyed(level_sequence, control_rig, control_name, frames, values, time_unit):
        assert level_sequence is sequence
        assert len(frames) == len(values)
        assert all(isinstance(frame, FrameNumber) for frame in frames)
        proxy = next(one for one in sequence.proxies if one.control_rig is control_rig)
        ticks = 24000 * sequence.rate.denominator / sequence.rate.numerator
        for frame, value in zip(frames, values, strict=True):
            place = frame.value if time_unit == "display" else frame.value / ticks
            channels = proxy.track.keyed.channels
            if isinstance(value, Vector2D):
                channels[f"{control_name}.X"].put(place, value.x)
                channels[f"{control_name}.Y"].put(place, value.y)
            else:
                channels[control_name].put(place, value)

    class ControlRigSequencerLibrary:
        @classmethod
        def get_control_rigs(cls, level_sequence):
            return list(level_sequence.proxies)

        @classmethod
        def set_local_control_rig_floats(
            cls, level_sequence, control_rig, control_name, frames, values, time_unit="display"
        ):
            assert control_rig.controls[control_name] == 1, f"{control_name} is no control of one axis"
            assert all(type(value) is float for value in values)
            keyed(level_sequence, control_rig, control_name, frames, values, time_unit)

        @classmethod
        def set_local_control_rig_vector2_ds(
            cls, level_sequence, control_rig, control_name, frames, values, time_unit="display"
        ):
            assert control_rig.controls[control_name] == 2, f"{control_name} is no control of two axes"
            assert all(isinstance(value, Vector2D) for value in values)
            keyed(level_sequence, control_rig, control_name, frames, values, time_unit)

    made.ControlRigSequencerLibrary = ControlRigSequencerLibrary
    made.LevelSequenceEditorBlueprintLibrary = types.SimpleNamespace(
        get_current_level_sequence=lambda: sequence, get_selected_tracks=list
    )
    made.FrameNumber, made.FrameRate, made.Vector2D, made.Color = FrameNumber, FrameRate, Vector2D, Color
    made.MovieSceneBlendType = types.SimpleNamespace(ABSOLUTE="ABSOLUTE", ADDITIVE="ADDITIVE")
    made.MovieSceneKeyInterpolation = types.SimpleNamespace(LINEAR="LINEAR", AUTO="AUTO")
    made.RichCurveInterpMode = types.SimpleNamespace(RCIM_LINEAR="RCIM_LINEAR")
    made.MovieSceneTimeUnit = types.SimpleNamespace(DISPLAY_RATE="display", TICK_RESOLUTION="ticks")
    made.ScopedEditorTransaction = made.ScopedSlowTask = Context
    made.AssetImportTask, made.MovieSceneAudioTrack = Task, "MovieSceneAudioTrack"
    tools = types.SimpleNamespace(import_asset_tasks=lambda tasks: setattr(made, "imported", tasks))
    made.AssetToolsHelpers = types.SimpleNamespace(get_asset_tools=lambda: tools)
    made.load_asset = lambda path: path
    made.log = made.log_warning = made.said.append
    return made


def sequence(controls, rate=(30, 1), name="Face_ControlBoard_CtrlRig"):
    """A level sequence with a control rig of controls: name -> number of axes."""
    proxy = types.SimpleNamespace(control_rig=Rig(name, controls), track=RigTrack(controls, rate))
    return Sequence(rate, [proxy])
