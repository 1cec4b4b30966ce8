"""A stand-in for Unreal's module `unreal`, as far as the script uses it, after Epic's Python API reference (5.1 to 5.7).

It is strict where the editor is: frames are `FrameNumber`, a control of two axes takes `Vector2D`, plural setters want as many
values as frames, and what a version has not got is not there.
"""

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
        return types.SimpleNamespace(frame_number=FrameNumber(self.frame), sub_frame=0.0)

    def set_interpolation_mode(self, mode):
        self.mode = mode


class Channel:
    def __init__(self, name):
        self.channel_name, self.keys = name, []

    def get_keys(self):
        return list(self.keys)

    def remove_key(self, key):
        self.keys.remove(key)

    def put(self, frame, value):
        self.keys = [key for key in self.keys if key.frame != frame]
        insort(self.keys, Key(frame, value))


class Section:
    def __init__(self, controls):
        self.channels = {}
        for name, axes in controls.items():
            for channel in [name] if axes == 1 else [f"{name}.X", f"{name}.Y"]:
                self.channels[channel] = Channel(channel)

    def get_all_channels(self):
        return list(self.channels.values())


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
        return self.sections

    def add_section(self):
        self.sections.append(AudioSection())
        return self.sections[-1]


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
            channels = proxy.track.sections[0].channels
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
    made.FrameNumber, made.FrameRate, made.Vector2D = FrameNumber, FrameRate, Vector2D
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
    proxy = types.SimpleNamespace(control_rig=Rig(name, controls), track=Track([Section(controls)]))
    return Sequence(rate, [proxy])
